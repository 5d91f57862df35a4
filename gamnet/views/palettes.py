"""The colours of everything drawn; the browser's scripts are given theirs with their data."""

# Name shown -> colours at even steps from low to high, all readable with colour-blindness; the
# first is the default. Sunset is Carto's, Viridis and Cividis are matplotlib's, the others
# ColorBrewer's.
SEQUENTIAL = {
    "Sunset": (
        "#fcde9c", "#faa476", "#f0746e", "#e34f6f", "#dc3977", "#b9257a",
        "#7c1d6f",
    ),
    "Viridis": (
        "#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89",
        "#35b779", "#6ece58", "#b5de2b", "#fde725",
    ),
    "Cividis": (
        "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678",
        "#a59c74", "#c3b369", "#e1cc55", "#fee838",
    ),
}  # fmt: skip
DIVERGING = {
    "Blue-red": (
        "#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7",
        "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f",
    ),
    "Purple-orange": (
        "#2d004b", "#542788", "#8073ac", "#b2abd2", "#d8daeb", "#f7f7f7",
        "#fee0b6", "#fdb863", "#e08214", "#b35806", "#7f3b08",
    ),
    "Teal-brown": (
        "#003c30", "#01665e", "#35978f", "#80cdc1", "#c7eae5", "#f5f5f5",
        "#f6e8c3", "#dfc27d", "#bf812d", "#8c510a", "#543005",
    ),
}  # fmt: skip

# Seen on light and dark backgrounds alike; told apart with colour-blindness.
MARK, ACCENT, SECOND, THIRD = "#7d8a97", "#1b88b5", "#d08a2e", "#8e6bbf"
UNPAIRED = "#8b929a"  # an atom without a counterpart, among colours of a diverging scale
WARM = "#d1603d"  # strong beside ACCENT

# Okabe and Ito's palette, which can be told apart with colour-blindness.
CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#999999")
POSITIVE, NEGATIVE = CATEGORIES[:2]  # the two signs of an orbital
SPLIT_COLOURS = {"train": MARK, "validation": CATEGORIES[1], "test": CATEGORIES[0]}

# Where Jmol's element colours would not be seen: black or white points, bonds and letters.
VISIBLE_ELEMENTS = {"C": "#5b6670", "H": "#c3cad1"}
# Of bonds (-1) and elements in a skeletal formula, seen on a light and on a dark page: the page
# does not say when it changes.
SKELETAL = {-1: "#6f7c89", 1: "#6f7c89", 6: "#6f7c89", 7: "#4c7ee8", 8: "#e0453a", 9: "#2a9d5c"}
