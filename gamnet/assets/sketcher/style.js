// The sketcher's look; colours come from the page's theme, but what is drawn on is always white.
export const STYLESHEET = `
.sketcher { font-family: var(--st-font, sans-serif); color: var(--st-text-color, #1d2733); }
.stage {
  box-sizing: border-box; overflow: hidden; border-radius: var(--st-base-radius, 8px);
  border: 1px solid var(--st-border-color, #d5dae0); font-size: 14px;
}
.stage:focus-within { border-color: var(--st-primary-color, #0b6e99); }
/* Not a grid once the editor is in it: its canvas would grow with every measurement. */
.stage.failed { display: grid; padding: 32px; place-items: center; text-align: center; color: var(--st-red-text-color, #b3261e); }
.foot { display: flex; flex-wrap: wrap; gap: 12px; align-items: center; margin-top: 8px; font-size: 14px; }
.foot button {
  font: inherit; padding: 8px 14px; cursor: pointer; color: #ffffff; border: none;
  background: var(--st-primary-color, #0b6e99); border-radius: var(--st-button-radius, 8px);
}
.foot button:disabled { opacity: 0.5; cursor: default; }
.foot button:focus-visible { outline: 2px solid var(--st-text-color, #1d2733); outline-offset: 2px; }
`;

// Over what OpenChemLib writes into each dialog's own style.
export const DIALOGS = "dialog { position: fixed !important; inset: 0 !important; margin: auto !important; }";
