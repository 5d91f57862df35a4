// How atoms can be drawn, by name: 3Dmol's specification of the spheres, the bonds' radius in A.
export const STYLES = {
  "ball-and-stick": { sphere: { scale: 0.27 }, bond: 0.11 },
  sticks: { sphere: { radius: 0.2 }, bond: 0.18 },
  spheres: { sphere: { scale: 0.6 }, bond: 0 },
};

// The viewer's look; colours come from the page's theme (Streamlit's custom properties).
export const STYLESHEET = `
.viewer {
  position: relative; width: 100%; overflow: hidden; box-sizing: border-box; outline: none;
  border: 1px solid var(--st-border-color, #d5dae0); border-radius: var(--st-base-radius, 8px);
  font-family: var(--st-font, sans-serif); color: var(--st-text-color, #1d2733);
}
.viewer:focus-visible { border-color: var(--st-primary-color, #0b6e99); }
.stage, .overlay { position: absolute; inset: 0; width: 100%; height: 100%; }
.stage, .stage canvas { touch-action: pan-x pan-y !important; } /* one finger scrolls the page */
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.overlay { pointer-events: none; z-index: 1; }
.toolbar { position: absolute; top: 8px; left: 8px; right: 8px; z-index: 2; display: flex; flex-wrap: wrap; gap: 6px; }
.toolbar select, .toolbar button {
  font: inherit; font-size: 12px; line-height: 1; padding: 6px 8px; cursor: pointer; color: inherit;
  background: var(--st-secondary-background-color, #f3f5f7);
  border: 1px solid var(--st-border-color, #d5dae0); border-radius: 6px;
}
.toolbar button:hover, .toolbar select:hover, .toolbar button[aria-pressed="true"] { border-color: var(--st-primary-color, #0b6e99); }
.toolbar :focus-visible { outline: 2px solid var(--st-primary-color, #0b6e99); outline-offset: 1px; }
.toolbar :disabled { opacity: 0.5; cursor: default; }
.figure {
  position: absolute; top: 46px; left: 8px; z-index: 4; display: grid; gap: 6px; padding: 12px; width: 230px; font-size: 12px;
  max-height: calc(100% - 70px); overflow: auto; box-sizing: border-box; border-radius: 8px;
  background: var(--st-background-color, #ffffff); border: 1px solid var(--st-border-color, #d5dae0);
}
.figure label { display: flex; justify-content: space-between; align-items: center; gap: 8px; }
.figure input[type="number"] { width: 80px; }
.figure input, .figure textarea, .figure button {
  font: inherit; color: inherit; padding: 4px 6px; box-sizing: border-box; border-radius: 6px;
  background: var(--st-secondary-background-color, #f3f5f7); border: 1px solid var(--st-border-color, #d5dae0);
}
.figure button { padding: 7px; cursor: pointer; font-weight: 600; }
.notice { position: absolute; top: 46px; left: 10px; z-index: 2; font-size: 12px; }
.tip {
  position: absolute; z-index: 3; pointer-events: none; padding: 6px 9px; font-size: 12px; line-height: 1.45;
  white-space: nowrap; border-radius: 6px; background: var(--st-text-color, #1d2733);
  color: var(--st-background-color, #ffffff); font-variant-numeric: tabular-nums;
}
.tip div:first-child { font-weight: 600; }
.message {
  position: absolute; inset: 0; z-index: 4; display: flex; align-items: center; justify-content: center;
  padding: 32px; text-align: center; font-size: 14px; background: var(--st-background-color, #ffffff);
}
.message.failed { color: var(--st-red-text-color, #b3261e); }
[hidden] { display: none !important; }
`;
