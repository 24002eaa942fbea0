// How the element looks inside.

const LOOKS = `
  :host { display: block; position: relative; overflow: hidden; color: #fff; line-height: 1.4;
    font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
  :host([hidden]) { display: none }
  canvas { display: block; width: 100%; height: 100%; object-fit: contain; transition: opacity .3s, filter .3s }
  canvas.veiled { opacity: .55; filter: saturate(.6) }
  [hidden] { display: none !important }
  .message, .caption, .sound { position: absolute; box-sizing: border-box }
  .message { inset: 0; display: grid; place-content: center; justify-items: center; gap: 14px; padding: 24px;
    text-align: center; font-size: 16px; color: var(--viseme-message, #3d4249); text-wrap: balance }
  .message.over { inset: auto 0 0; padding: 14px; place-content: end center }
  .message p { margin: 0; max-width: 38em; overflow-wrap: anywhere }
  .message.over p { padding: 7px 14px; border-radius: 999px; background: rgb(15 17 20 / .78); color: #fff; font-size: 14px }
  .message.over .turning { display: none }
  .turning { width: 30px; height: 30px; border-radius: 50%; border: 2.5px solid currentColor; border-right-color: transparent;
    opacity: .55; animation: turn 1s linear infinite }
  .caption { inset: auto 0 0; padding: 0 26px 16px; text-align: center; pointer-events: none; text-wrap: balance;
    font-size: clamp(15px, 2.4vmin, 19px); line-height: 1.72; overflow-wrap: anywhere }
  .caption span { padding: 3px 10px; border-radius: 6px; background: rgb(15 17 20 / .8);
    -webkit-box-decoration-break: clone; box-decoration-break: clone }
  .sound { top: 12px; right: 12px; display: inline-flex; align-items: center; gap: 8px; padding: 8px 14px 8px 11px; border: 0;
    border-radius: 999px; font: inherit; font-size: 14px; color: #fff; background: rgb(15 17 20 / .66); cursor: pointer }
  .sound:hover { background: rgb(15 17 20 / .85) }
  .sound:focus-visible { outline: 3px solid #fff; outline-offset: 2px; box-shadow: 0 0 0 5px #0072b2 }
  svg { width: 17px; height: 17px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
  @keyframes turn { to { transform: rotate(1turn) } }
  @media (prefers-reduced-motion: reduce) { .turning { animation-duration: 4s } canvas { transition: none } }
`;

const NO_SOUND = "M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5";

function make(parent, tag, className = "", text = "") {
  const element = parent.appendChild(document.createElement(tag));
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function draw(parent, path) {
  const drawing = parent.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", path);
}
