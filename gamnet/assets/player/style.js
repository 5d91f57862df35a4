// The player's look, beside the viewer's; colours come from the page's theme.
export const STYLESHEET = `
.player { outline: none; font-family: var(--st-font, sans-serif); color: var(--st-text-color, #1d2733); }
.panes { display: grid; grid-template-columns: minmax(0, 11fr) minmax(0, 13fr); gap: 16px; align-items: start; }
.player.narrow .panes { grid-template-columns: minmax(0, 1fr); }
.picture { position: relative; }
.fault {
  position: absolute; inset: 0; z-index: 3; display: flex; flex-direction: column; gap: 6px;
  align-items: center; justify-content: center; padding: 32px; text-align: center; font-size: 14px;
  overflow-wrap: anywhere; border-radius: var(--st-base-radius, 8px);
  background: var(--st-background-color, #ffffff); border: 1px dashed var(--st-border-color, #d5dae0);
}
.fault strong { font-weight: 600; }
.tracks { position: relative; width: 100%; touch-action: pan-y; cursor: crosshair; user-select: none; }
.tracks canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.tracks .moving { pointer-events: none; }
.controls, .jumps { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-top: 12px; font-size: 13px; }
.controls button, .controls select, .jumps button {
  font: inherit; line-height: 1; padding: 8px 11px; cursor: pointer; color: inherit; min-height: 34px;
  background: var(--st-secondary-background-color, #f3f5f7);
  border: 1px solid var(--st-border-color, #d5dae0); border-radius: var(--st-button-radius, 8px);
}
.controls button:hover, .controls select:hover, .jumps button:hover,
.controls button[aria-pressed="true"], .jumps button[aria-current="true"] { border-color: var(--st-primary-color, #0b6e99); }
.jumps button[aria-current="true"] { color: var(--st-primary-color, #0b6e99); font-weight: 600; }
.controls button:disabled { opacity: 0.5; cursor: default; }
.controls .play {
  min-width: 82px; font-weight: 600; color: #ffffff; border-color: transparent;
  background: var(--st-primary-color, #0b6e99);
}
.player :focus-visible { outline: 2px solid var(--st-primary-color, #0b6e99); outline-offset: 2px; }
.player:focus-visible { outline-offset: 5px; border-radius: 4px; }
.controls input[type="range"] { flex: 1 1 180px; min-width: 140px; height: 34px; margin: 0; accent-color: var(--st-primary-color, #0b6e99); }
.readout { font-variant-numeric: tabular-nums; margin-top: 10px; font-size: 14px; min-height: 1.5em; line-height: 1.5; }
.readout .place { font-weight: 600; }
.readout span + span::before { content: "·"; margin: 0 8px; opacity: 0.6; font-weight: 400; }
`;
