// The page around the presenter: what is typed goes to her, what she does is told. All media are viseme-avatar.js's.

const part = (id) => document.getElementById(id);
const avatar = part("avatar"), text = part("text"), say = part("say"), stop = part("stop"), microphone = part("microphone");
const TOKEN = "viseme token", VOICE = "viseme voice", CAPTIONS = "viseme captions";

// --- what was chosen before; a browser may refuse to remember ---

function remembered(store, name) {
  try { return store().getItem(name); } catch { return null; }
}
function remember(store, name, value) {
  try { value === null ? store().removeItem(name) : store().setItem(name, value); } catch { /* then not */ }
}
const tab = () => sessionStorage, always = () => localStorage;

// --- how the line is ---

const WORDS = {
  closed: ["", "Closed"], connecting: ["fair", "Connecting"], idle: ["good", "Connected"], speaking: ["good", "Speaking"],
  listening: ["good", "Listening"], reconnecting: ["fair", "Reconnecting"], full: ["fair", "Waiting for a place"],
  refused: ["bad", "Not connected"], paused: ["", "Paused"], unsupported: ["bad", "Not possible here"],
};
const isLive = () => ["idle", "speaking", "listening"].includes(avatar.state);

function showState() {
  const [tone, words] = WORDS[avatar.state] ?? ["", avatar.state];
  part("connection").dataset.tone = tone;
  part("connection-words").textContent = words;
  say.disabled = !isLive() || !text.value.trim();
  stop.disabled = avatar.state !== "speaking";
  microphone.disabled = !isLive();
  part("composer").hidden = avatar.state === "unsupported" || !part("token-form").hidden;
}

function showLatency(milliseconds) {
  const shown = part("latency");
  shown.hidden = false;
  shown.textContent = milliseconds < 1000 ? `${Math.round(milliseconds / 10) * 10} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
  shown.title = "From asking to hearing her";
}

const notice = part("notice");
function complain(message) {
  notice.firstElementChild.textContent = message;
  notice.hidden = !message;
}
notice.querySelector("button").addEventListener("click", () => { complain(""); text.focus(); });

// --- choices ---

/** Fills a choice; one of which there is only one is not offered. */
/* "en-gb-scotland" in words of whoever looks on; a name that is no language's stays as it is. */
const languages = new Intl.DisplayNames([navigator.language], { type: "language", fallback: "none" });
function words(name) {
  const [code, variant] = name.split("+");
  for (let known = code; known; known = known.slice(0, Math.max(known.lastIndexOf("-"), 0))) {
    let language;
    try { language = languages.of(known); } catch { continue; }
    const rest = [code.slice(known.length + 1), variant].filter(Boolean).join(", ");
    if (language) return rest ? `${language} (${rest})` : language;
  }
  return name;
}

function offer(id, names, chosen, say = (name) => name) {
  const options = names.map((name) => new Option(say(name), name, false, name === chosen));
  const select = part(id);
  select.replaceChildren(...options.sort((a, b) => a.text.localeCompare(b.text)));
  part(`${id}-choice`).hidden = names.length < 2;
}

part("character").addEventListener("change", ({ target }) => { avatar.character = target.value; });
part("voice").addEventListener("change", ({ target }) => remember(always, VOICE, target.value));

const captions = part("captions");
function showCaptions(on) {
  avatar.captions = on;
  captions.setAttribute("aria-pressed", String(on));
  remember(always, CAPTIONS, on ? null : "off");
}
captions.addEventListener("click", () => showCaptions(!avatar.captions));

// --- saying ---

const said = [];        // what was typed before, for the arrow keys
let recalled = 0;

function grow() {
  if (!CSS.supports("field-sizing", "content")) {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  }
  showState();
}

async function speak() {
  const words = text.value.trim();
  if (!words || !isLive()) return;
  complain("");
  try {
    await avatar.speak(words, { voice: part("voice").value || undefined, chat: avatar.canChat && part("kind").value === "chat" });
  } catch (error) {
    return complain(error.message);
  }
  said.push(words);
  recalled = said.length;
  text.value = "";
  grow();
}

function recall(step) {
  recalled = Math.min(said.length, Math.max(0, recalled + step));
  text.value = said[recalled] ?? "";
  grow();
}

function silence() {
  try { avatar.interrupt(); } catch (error) { complain(error.message); }
}

part("composer").addEventListener("submit", (event) => { event.preventDefault(); speak(); });
text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const untouched = !text.value || text.value === said[recalled];
  if (event.key === "Enter" && !event.shiftKey) speak();
  else if (event.key === "ArrowUp" && untouched && said.length) recall(-1);
  else if (event.key === "ArrowDown" && untouched && recalled < said.length) recall(1);
  else return;
  event.preventDefault();
});
stop.addEventListener("click", () => { silence(); text.focus(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && avatar.state === "speaking") silence();
});

// --- the microphone: held by pointer or key; a short press holds it until the next ---

const SHORT = 300;      // ms
let pressedAt = 0, listening = false;

async function listen() {
  listening = true;
  pressedAt = performance.now();
  complain("");
  try {
    await avatar.startMicrophone();
  } catch (error) {
    listening = false;
    complain(error.message);
  }
  showMicrophone();
}

function hush() {
  if (!listening) return;
  listening = false;
  avatar.stopMicrophone();
  showMicrophone();
}

function showMicrophone() {
  microphone.setAttribute("aria-pressed", String(listening));
  microphone.setAttribute("aria-label", listening ? "Stop talking" : "Hold to talk");
}

const press = () => (listening ? hush() : listen());
const release = () => { if (listening && performance.now() - pressedAt > SHORT) hush(); };
const isPress = (event) => event.key === " " || event.key === "Enter";
microphone.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  try { microphone.setPointerCapture(event.pointerId); } catch { /* made by a script */ }
  press();
});
microphone.addEventListener("pointerup", release);
microphone.addEventListener("pointercancel", hush);
microphone.addEventListener("contextmenu", (event) => event.preventDefault());
microphone.addEventListener("keydown", (event) => {
  if (!isPress(event)) return;
  event.preventDefault();
  if (!event.repeat) press();
});
microphone.addEventListener("keyup", (event) => { if (isPress(event)) { event.preventDefault(); release(); } });
microphone.addEventListener("blur", hush);

// --- sound files: dropped on the page, she says them ---

addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer?.files ?? [];
  if (file) avatar.speakFile(file).catch((error) => complain(error.message));
});

// --- the token, kept while the tab lives ---

const tokenForm = part("token-form"), token = part("token");
function askForToken(ask) {
  tokenForm.hidden = !ask;
  showState();
  if (ask) token.focus();
}
tokenForm.addEventListener("submit", (event) => {
  event.preventDefault();
  remember(tab, TOKEN, token.value);
  askForToken(false);
  complain("");
  avatar.token = token.value;
  avatar.open();
});

// --- what she tells ---

avatar.addEventListener("state", ({ detail }) => {
  showState();
  if (detail.state !== "refused" || detail.status !== 401) return;
  if (avatar.token) complain("This token is not the right one.");
  remember(tab, TOKEN, null);
  token.value = "";
  askForToken(true);
});
avatar.addEventListener("session", ({ detail }) => {
  avatar.style.setProperty("--ratio", String(detail.width / detail.height));
});
avatar.addEventListener("ready", ({ detail }) => {
  offer("character", detail.characters.map(({ name }) => name), avatar.session.character);
  const voice = remembered(always, VOICE);
  offer("voice", detail.voices, detail.voices.includes(voice) ? voice : detail.defaultVoice, words);
  part("kind-choice").hidden = !detail.canChat;
  document.title = `${avatar.session.character} · viseme live`;
  showState();
});
avatar.addEventListener("latency", ({ detail }) => showLatency(detail.milliseconds));
avatar.addEventListener("error", ({ detail }) => { if (detail.status !== 401) complain(detail.message); });
avatar.addEventListener("microphone", ({ detail }) => { if (!detail.on) { listening = false; showMicrophone(); } });

showCaptions(remembered(always, CAPTIONS) !== "off");
const known = remembered(tab, TOKEN);
if (known) avatar.token = known;
showState();
