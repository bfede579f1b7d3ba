// A call to listen to: waveform, words that play, and the word that is being said.
/* global WaveSurfer */
import { onKeys, say } from "./console.js";

const root = document.getElementById("player");
const audio = document.getElementById("audio");
const play = document.getElementById("play");
const speed = document.getElementById("speed");
const follow = document.getElementById("follow");
const words = [...document.querySelectorAll(".w")].map((node) => ({ node, start: Number(node.dataset.at), end: Number(node.dataset.end) }));
const lines = [...document.querySelectorAll(".line[data-start]")].map((node) => ({ node, start: Number(node.dataset.start), end: Number(node.dataset.end) }));
words.sort((a, b) => a.start - b.start);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const clock = (s) => {
  const whole = Math.floor(s);
  const tail = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
};

// The last of a sorted list that has begun, if it is still going on.
function current(list, at) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].start <= at) low = middle + 1;
    else high = middle;
  }
  const found = list[low - 1];
  return found && at < found.end + 0.15 ? found : null;
}

let litWord = null;
let litLine = null;

function show() {
  const at = audio.currentTime;
  document.getElementById("at").textContent = clock(at);
  const word = current(words, at)?.node ?? null;
  if (word !== litWord) {
    litWord?.classList.remove("now");
    word?.classList.add("now");
    litWord = word;
  }
  const line = word?.closest(".line") ?? current(lines, at)?.node ?? null;
  if (line && line !== litLine) {
    litLine?.classList.remove("now");
    line.classList.add("now");
    litLine = line;
    if (follow.getAttribute("aria-pressed") === "true") {
      line.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    }
  }
}

function tick() {
  show();
  if (!audio.paused) requestAnimationFrame(tick);
}

function seek(at, andPlay = true) {
  audio.currentTime = Math.max(0, at);
  if (andPlay) audio.play().catch(() => {});
  show();
}

const toggle = () => (audio.paused ? audio.play().catch(() => {}) : audio.pause());

audio.addEventListener("play", () => {
  play.setAttribute("aria-pressed", "true");
  play.setAttribute("aria-label", "Pause");
  tick();
});
audio.addEventListener("pause", () => {
  play.setAttribute("aria-pressed", "false");
  play.setAttribute("aria-label", "Play");
});
audio.addEventListener("seeked", show);
audio.addEventListener("error", () => { document.getElementById("no-audio").hidden = false; });
audio.addEventListener("durationchange", () => {
  if (Number.isFinite(audio.duration)) document.getElementById("length").textContent = clock(audio.duration);
});
play.addEventListener("click", toggle);
speed.addEventListener("change", () => { audio.playbackRate = Number(speed.value); });

function setFollow(on) {
  follow.setAttribute("aria-pressed", String(on));
}
follow.addEventListener("click", () => setFollow(follow.getAttribute("aria-pressed") !== "true"));

document.querySelector(".transcript")?.addEventListener("click", (event) => {
  const place = event.target.closest(".w, .seek");
  if (place && !getSelection().toString()) seek(Number(place.dataset.at));
});

function copyLink() {
  const address = new URL(location.href);
  address.searchParams.set("t", audio.currentTime.toFixed(1));
  address.hash = litLine ? litLine.id : "";
  navigator.clipboard.writeText(address.href).then(
    () => say(`Link to ${clock(audio.currentTime)} copied`),
    () => say(address.href));
}
document.getElementById("copy").addEventListener("click", copyLink);

function faster(by) {
  const next = speed.options[speed.selectedIndex + by];
  if (!next) return;
  speed.value = next.value;
  audio.playbackRate = Number(next.value);
  say(`${next.value}× speed`);
}

onKeys({
  " ": (event) => (event.target.closest("button, a, summary, input") ? false : void toggle()),
  ArrowLeft: () => seek(audio.currentTime - 5, false),
  ArrowRight: () => seek(audio.currentTime + 5, false),
  "<": () => faster(-1),
  ">": () => faster(1),
  l: () => follow.click(),
  c: copyLink,
});

// wavesurfer brings its rules as a <style>, which the content security policy keeps out: they are
// taken over into a constructed sheet before the browser sees the element in the page.
function dress(shadow) {
  const style = shadow.querySelector("style");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style.textContent);
  style.remove();
  shadow.adoptedStyleSheets = [sheet];
}

function resolve(name) {
  const probe = document.body.appendChild(document.createElement("span"));
  probe.style.color = `var(--${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// The customer's lane and ours keep their colours, whichever comes first in the recording.
const lanes = JSON.parse(root.dataset.lanes);
const channels = (count) => Array.from({ length: count }, (_, i) => {
  const lane = `lane-${Number(lanes[i] ?? i % 2)}`;
  return { waveColor: resolve(lane), progressColor: resolve(`${lane}-played`), height: count > 1 ? 44 : 72 };
});

async function draw() {
  const answer = await fetch(root.dataset.peaks + (root.dataset.peaks.includes("?") ? "&" : "?") + "buckets=900");
  if (!answer.ok) return;
  const peaks = await answer.json();
  const wave = document.createElement("div");
  const surfer = WaveSurfer.create({
    container: wave, media: audio, peaks, duration: audio.duration || undefined,
    cursorColor: resolve("ink"), cursorWidth: 2, barWidth: 2, barGap: 1, barRadius: 2, normalize: true,
    height: 72, splitChannels: peaks.length > 1 ? channels(peaks.length) : undefined, ...(peaks.length > 1 ? {} : channels(1)[0]),
  });
  dress(wave.firstElementChild.shadowRoot);
  document.getElementById("wave").append(wave);
  surfer.on("interaction", show);
  document.addEventListener("threadline:theme", () =>
    surfer.setOptions({ cursorColor: resolve("ink"), ...(peaks.length > 1 ? { splitChannels: channels(peaks.length) } : channels(1)[0]) }));
}

const ready = audio.readyState >= 1 ? Promise.resolve() : new Promise((done) => {
  audio.addEventListener("loadedmetadata", done, { once: true });
  audio.addEventListener("error", done, { once: true });
});
ready.then(() => {
  const start = root.dataset.start ?? document.getElementById(location.hash.slice(1))?.dataset.start;
  if (start !== undefined) seek(Number(start), false);
  return draw();
});
