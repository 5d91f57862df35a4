// The browser's history: one entry per place that the visitor went to, and none for a change of looks.
// Streamlit adds an entry whenever a script writes another address, however often in one run.

const state = (window.gamnetHistory ??= { places: [], acted: false, installed: false });

function install() {
  state.installed = true;
  // A press may come before this script does. It is still to lead somewhere if the address is the loaded one.
  const [loaded] = performance.getEntriesByType("navigation");
  state.acted = navigator.userActivation.hasBeenActive && !elsewhere(new URL(loaded.name));
  for (const type of ["pointerdown", "keydown"]) {
    window.addEventListener(type, () => (state.acted = true), { capture: true, passive: true });
  }
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (data, title, url) => {
    // What nobody did, such as the rest of what one press leads to, belongs to the entry at hand.
    if (state.acted && elsewhere(new URL(url, location.href))) {
      state.acted = false;
      push(data, title, url);
    } else {
      window.history.replaceState(data, title, url);
    }
  };
}

function elsewhere(url) {
  const place = ({ pathname, searchParams }) =>
    JSON.stringify([pathname, ...state.places.map((name) => searchParams.getAll(name))]);
  return place(url) !== place(new URL(location.href));
}

export default function mount({ data }) {
  state.places = data.places;
  if (!state.installed) install();
}
