"""The colours of everything drawn; the browser's scripts are given theirs with their data."""

# Name shown -> plotly's colour scale, all readable with colour-blindness; the first is the default.
SEQUENTIAL = {"Sunset": "Sunsetdark", "Viridis": "Viridis", "Cividis": "Cividis"}
DIVERGING = {"Blue-red": "RdBu_r", "Purple-orange": "PuOr_r", "Teal-brown": "BrBG_r"}

# Seen on light and dark backgrounds alike; told apart with colour-blindness.
MARK, ACCENT, SECOND, THIRD = "#7d8a97", "#1b88b5", "#d08a2e", "#8e6bbf"
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
