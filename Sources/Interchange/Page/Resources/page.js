'use strict';
// A timeline that is seen and heard: one canvas for all of it, one for the part that is looked at. A frame costs what its columns cost, however many
// events there are: what lies in a column is found by bisection in sums that are made once.
const showTimeline = data => {
const $ = id => document.getElementById(id);
const duration = Math.max(1, data.duration);

// ---- Numbers

const decode = text => {
  const raw = atob(text || ''), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
};
const int32 = text => new Int32Array(decode(text)), int16 = text => new Int16Array(decode(text));
const int8 = text => new Int8Array(decode(text)), uint8 = text => new Uint8Array(decode(text));

/** The first place in a sorted array whose value is greater than `value`. */
const after = (array, value, count = array.length) => {
  let low = 0, high = count;
  while (low < high) { const middle = low + high >> 1; if (array[middle] <= value) low = middle + 1; else high = middle; }
  return low;
};

const pad = (number, places) => String(number).padStart(places, '0');
const clock = (ms, fine = true) => {
  const time = Math.max(0, fine ? Math.round(ms) : Math.round(ms / 1000) * 1000), s = Math.floor(time / 1000), m = Math.floor(s / 60);
  const tail = pad(s % 60, 2) + (fine ? '.' + pad(time % 1000, 3) : '');
  return m < 60 ? `${m}:${tail}` : `${Math.floor(m / 60)}:${pad(m % 60, 2)}:${tail}`;
};

// ---- What there is

const kinds = ['speech', 'music', 'other', 'silence'];
const lanes = Object.fromEntries(kinds.map(kind => {
  const given = data.lanes[kind] || {start: '', end: ''};
  const lane = {start: int32(given.start), end: int32(given.end), loudness: int16(given.loudness), confidence: uint8(given.confidence)};
  lane.speaker = uint8(given.speaker);
  lane.text = given.text || [];
  lane.count = lane.start.length;
  lane.sum = new Float64Array(lane.count + 1);
  for (let i = 0; i < lane.count; i++) lane.sum[i + 1] = lane.sum[i] + lane.end[i] - lane.start[i];
  return [kind, lane];
}));
const speech = lanes.speech;
const words = {start: int32(data.words.start), end: int32(data.words.end), event: int32(data.words.event), text: data.words.text ? data.words.text.split('\n') : []};
const wordsOf = new Int32Array(speech.count + 1);
for (let i = 0, w = 0; i <= speech.count; i++) { while (w < words.event.length && words.event[w] < i) w++; wordsOf[i] = w; }
const beats = {time: int32(data.beats.time), place: uint8(data.beats.place), bar: int32(data.beats.bar)};
const downbeats = beats.time.filter((_, i) => beats.place[i] === 1);
const shots = data.shots || [];
const loudness = data.loudness ? pyramid(int16(data.loudness.values), data.loudness.hop, Math.max) : null;
const outline = (minima, maxima, hop) => ({top: pyramid(maxima, hop, Math.max), low: pyramid(minima, hop, Math.min)});
let wave = data.wave ? outline(int8(data.wave.minima), int8(data.wave.maxima), data.wave.hop) : null;

/** Levels of a curve, each with a quarter of the values of the one below. */
function pyramid(values, hop, pick) {
  const levels = [values];
  while (levels[levels.length - 1].length > 64) {
    const below = levels[levels.length - 1], level = new below.constructor(Math.ceil(below.length / 4));
    for (let i = 0; i < level.length; i++) {
      let value = below[4 * i];
      for (let k = 4 * i + 1; k < Math.min(4 * i + 4, below.length); k++) value = pick(value, below[k]);
      level[i] = value;
    }
    levels.push(level);
  }
  return {levels, hop, pick};
}
function extreme(curve, from, to) {
  let first = from / curve.hop, end = to / curve.hop, level = 0;
  while (level + 1 < curve.levels.length && end - first > 8) { first /= 4; end /= 4; level++; }
  const values = curve.levels[level], low = Math.max(0, Math.floor(first)), high = Math.min(values.length, Math.max(Math.ceil(end), low + 1));
  let value;
  for (let i = low; i < high; i++) value = value === undefined ? values[i] : curve.pick(value, values[i]);
  return value;
}
/** How many milliseconds of a lane lie before a time. */
const covered = (lane, time) => {
  const i = after(lane.start, time);
  return i === 0 ? 0 : lane.sum[i - 1] + Math.min(time, lane.end[i - 1]) - lane.start[i - 1];
};
const at = (lane, time) => { const i = after(lane.start, time) - 1; return i >= 0 && time < lane.end[i] ? i : -1; };

// ---- The view

const view = {from: 0, to: duration};
const least = 20;
let position = 0, frame = 0, colors = {};
const costs = [];
const stage = $('stage'), overview = $('overview'), canvas = $('lanes');
let rows = [];
function layRows() {
  let y = 24;
  rows = [];
  const row = (name, height) => { rows.push({name, y, height}); y += height + 6; };
  if (wave) row('wave', 84);
  if (loudness) row('loudness', 52);
  row('speech', 40); row('music', 20); row('other', 20); row('silence', 20);
  if (beats.time.length) row('beats', 34);
  if (shots.length) row('shots', 24);
  canvas.dataset.height = y + 4;
}
layRows();

function setView(from, to) {
  let span = Math.min(duration, Math.max(least, to - from));
  from = Math.min(Math.max(0, from), duration - span);
  if (from === view.from && from + span === view.to) return;
  view.from = from; view.to = from + span;
  schedule();
}
function zoom(factor, around) {
  const t = around === undefined ? Math.min(Math.max(position, view.from), view.to) : around;
  setView(t - (t - view.from) * factor, t + (view.to - t) * factor);
}
function schedule() {
  if (frame) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    const start = performance.now();
    draw(); drawOverview(); placeHead();
    costs.push(performance.now() - start);
    if (costs.length > 4000) costs.splice(0, 2000);
    settle();
  });
}
let settling = 0;
function settle() { clearTimeout(settling); settling = setTimeout(fillTable, 250); }

function prepare(element, height) {
  const ratio = window.devicePixelRatio || 1, width = Math.max(320, element.clientWidth);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (element.width !== w || element.height !== h) { element.width = w; element.height = h; element.style.height = height + 'px'; }
  const context = element.getContext('2d', {alpha: false});
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colors.ground;
  context.fillRect(0, 0, width, height);
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  return [context, width];
}
function readColors() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['ground', 'rail', 'ink', 'faint', 'line', 'accent', 'speech', 'speech2', 'speech3', 'music', 'other', 'silence', 'wave', 'loudness', 'beat', 'on', 'head']) {
    colors[name] = style.getPropertyValue('--' + name).trim();
  }
}

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, 60000, 120000, 300000, 600000, 900000, 1800000, 3600000, 7200000, 14400000, 28800000, 86400000];

function draw() {
  const height = Number(canvas.dataset.height), [c, width] = prepare(canvas, height);
  const {from, to} = view, scale = width / (to - from), x = t => (t - from) * scale;
  const step = steps.find(s => s * scale >= 84) || 172800000;
  c.fillStyle = colors.faint;
  for (let t = Math.ceil(from / step) * step; t < to; t += step) {
    c.fillText(clock(t, step < 1000), x(t) + 4, 12);
    c.fillRect(Math.round(x(t)), 4, 1, height);
  }
  c.globalAlpha = 1;
  for (const row of rows) {
    c.fillStyle = colors.rail;
    c.fillRect(0, row.y, width, row.height);
    painters[row.name](c, row, width, x, scale);
    c.globalAlpha = 1;
    c.fillStyle = colors.ground; c.globalAlpha = .78;
    const label = c.measureText(row.name).width + 10;
    c.fillRect(0, row.y, label, 16);
    c.globalAlpha = 1; c.fillStyle = colors.ink;
    c.fillText(row.name, 5, row.y + 8);
  }
}

function columns(lane, row, c, width, color) {
  const {from, to} = view, each = (to - from) / width;
  let before = covered(lane, from);
  c.fillStyle = color;
  for (let column = 0; column < width; column++) {
    const now = covered(lane, from + (column + 1) * each), share = (now - before) / each;
    before = now;
    if (share > .004) { c.globalAlpha = Math.min(1, .25 + .75 * share); c.fillRect(column, row.y, 1, row.height); }
  }
  c.globalAlpha = 1;
}
const voice = i => ['speech', 'speech', 'speech2', 'speech3'][speech.speaker[i]] || 'speech';
function paintLane(kind) {
  return (c, row, width, x, scale) => {
    const lane = lanes[kind], {from, to} = view;
    const first = Math.max(0, after(lane.end, from)), end = after(lane.start, to);
    if (end - first > width / 2) return columns(lane, row, c, width, colors[kind]);
    const bar = kind === 'speech' ? row.height - 18 : row.height;
    for (let i = first; i < end; i++) {
      const left = Math.max(-2, x(lane.start[i])), right = Math.min(width + 2, x(lane.end[i]));
      c.fillStyle = colors[kind === 'speech' ? voice(i) : kind];
      c.fillRect(left, row.y, Math.max(.7, right - left - (scale > .01 ? 1 : 0)), bar);
      if (kind === 'speech' && right - left > 34 && lane.speaker[i]) {
        c.fillStyle = colors.on;
        c.fillText(data.speakers[lane.speaker[i] - 1] || '', Math.max(left, 60) + 5, row.y + bar / 2);
      }
    }
    if (kind === 'speech') paintWords(c, row, width, x);
  };
}
function paintWords(c, row, width, x) {
  const first = after(words.end, view.from), end = after(words.start, view.to);
  // Only where most of them have room.
  if (end - first > width / 42) return;
  c.fillStyle = colors.ink;
  let free = -Infinity;
  for (let w = first; w < end; w++) {
    const left = x(words.start[w]), text = words.text[w];
    if (left < free) continue;
    c.fillText(text, left, row.y + row.height - 8);
    free = left + text.length * 6.6 + 5;
  }
}
function paintBeats(c, row, width, x, scale) {
  const {from, to} = view, first = after(beats.time, from - 1), end = after(beats.time, to);
  const marks = (array, top, height, color) => {
    c.fillStyle = color;
    for (let i = after(array, from - 1), stop = after(array, to); i < stop; i++) c.fillRect(x(array[i]) - .5, top, 1, height);
  };
  if (end - first <= width / 3) {
    marks(beats.time, row.y + 20, row.height - 20, colors.beat);
    marks(downbeats, row.y + 12, row.height - 12, colors.ink);
    c.fillStyle = colors.faint;
    let free = 60;
    for (let i = first; i < end; i++) {
      if (beats.place[i] !== 1 || x(beats.time[i]) < free) continue;
      const label = String(beats.bar[i] + 1);
      c.fillText(label, x(beats.time[i]) + 3, row.y + 8);
      free = x(beats.time[i]) + label.length * 7 + 14;
    }
  } else {
    const each = (to - from) / width;
    let before = first;
    const most = Math.max(1, (end - first) / width * 2.5);
    c.fillStyle = colors.beat;
    for (let column = 0; column < width; column++) {
      const now = after(beats.time, from + (column + 1) * each, beats.time.length);
      if (now > before) { c.globalAlpha = Math.min(1, .2 + (now - before) / most); c.fillRect(column, row.y + 12, 1, row.height - 12); }
      before = now;
    }
    c.globalAlpha = 1;
  }
  c.fillStyle = colors.ink;
  let last = -Infinity;
  for (const point of data.tempo || []) {
    const left = Math.max(60, x(point.time));
    if (point.time > to || left < last) continue;
    c.fillText(point.bpm.toFixed(1) + ' BPM', left + 3, row.y + row.height - 7);
    last = left + 74;
  }
}
const painters = {
  wave(c, row, width) {
    const {from, to} = view, each = (to - from) / width, middle = row.y + row.height / 2, unit = row.height / 2 / 127;
    c.fillStyle = colors.wave;
    for (let column = 0; column < width; column++) {
      const a = from + column * each, top = extreme(wave.top, a, a + each), low = extreme(wave.low, a, a + each);
      if (top === undefined) continue;
      c.fillRect(column, middle - top * unit, 1, Math.max(1, (top - low) * unit));
    }
  },
  loudness(c, row, width) {
    const {from, to} = view, each = (to - from) / width;
    c.fillStyle = colors.loudness;
    for (let column = 0; column < width; column++) {
      const a = from + column * each, value = extreme(loudness, a, a + each);
      if (value === undefined || value <= -32768) continue;
      const share = Math.min(1, Math.max(0, (value / 100 + 60) / 60));
      c.fillRect(column, row.y + row.height * (1 - share), 1, row.height * share);
    }
  },
  speech: paintLane('speech'), music: paintLane('music'), other: paintLane('other'), silence: paintLane('silence'),
  beats: paintBeats,
  shots(c, row, width, x) {
    for (const shot of shots) {
      const left = x(shot.start), right = x(shot.end);
      if (right < 0 || left > width) continue;
      c.fillStyle = colors.accent; c.globalAlpha = .85;
      c.fillRect(left, row.y, Math.max(1, right - left), row.height);
      c.globalAlpha = 1; c.fillStyle = colors.on;
      if (right - left > 60) c.fillText(shot.label, Math.max(left, 60) + 4, row.y + row.height / 2);
    }
  },
};

let overviewImage = null, overviewWidth = 0;
function drawOverview() {
  const height = 44, [c, width] = prepare(overview, height);
  if (!overviewImage || overviewWidth !== overview.width) {
    overviewWidth = overview.width;
    const saved = {from: view.from, to: view.to};
    view.from = 0; view.to = duration;
    kinds.forEach((kind, i) => columns(lanes[kind], {y: 4 + i * 9, height: 8}, c, width, colors[kind]));
    view.from = saved.from; view.to = saved.to;
    overviewImage = document.createElement('canvas');
    overviewImage.width = overview.width; overviewImage.height = overview.height;
    overviewImage.getContext('2d').drawImage(overview, 0, 0);
  } else {
    c.drawImage(overviewImage, 0, 0, width, height);
  }
  const left = view.from / duration * width, right = view.to / duration * width;
  c.fillStyle = colors.ground; c.globalAlpha = .6;
  c.fillRect(0, 0, left, height); c.fillRect(right, 0, width - right, height);
  c.globalAlpha = 1; c.strokeStyle = colors.accent; c.lineWidth = 2;
  c.strokeRect(left + 1, 1, Math.max(3, right - left - 2), height - 2);
}

// ---- Sound and position

const audio = $('sound');
let hasSound = false;
$('play').disabled = true;
function setSound(url) {
  hasSound = true;
  // Whoever chose a place before there was sound hears it from there.
  audio.addEventListener('loadedmetadata', () => { audio.currentTime = position / 1000; }, {once: true});
  audio.src = url;
  $('play').disabled = false;
}
audio.addEventListener('error', () => { hasSound = false; $('play').disabled = true; $('tip').textContent = 'This browser cannot play the recording.'; });
if (data.audio) setSound(URL.createObjectURL(new Blob([decode(data.audio.data)], {type: data.audio.type})));
else if (data.audioURL) setSound(data.audioURL);
function setWave(minima, maxima, hop) {
  wave = outline(minima, maxima, hop);
  layRows();
  schedule();
}

function placeHead() {
  const width = stage.clientWidth, place = (position - view.from) / (view.to - view.from) * width;
  $('head').style.transform = `translateX(${place}px)`;
  $('head').hidden = place < 0 || place > width;
}
let shown = -1;
function show(announce) {
  placeHead();
  const text = clock(position);
  if ($('clock').firstChild.data !== text + ' / ' + clock(duration, false)) $('clock').firstChild.data = text + ' / ' + clock(duration, false);
  const slider = $('position');
  slider.setAttribute('aria-valuenow', Math.round(position));
  slider.setAttribute('aria-valuetext', `${clock(position, false)}, ${describe(position)}`);
  follow();
  if (announce) $('tip').textContent = `${text} ${describe(position)}`;
}
function describe(time) {
  const parts = kinds.filter(kind => at(lanes[kind], time) >= 0);
  const i = at(speech, time);
  if (i >= 0 && speech.speaker[i]) parts[0] = 'speech of ' + data.speakers[speech.speaker[i] - 1];
  if (i >= 0 && speech.text[i]) parts.push('“' + speech.text[i] + '”');
  return parts.join(', ') || 'nothing';
}
function seek(time, announce = true) {
  position = Math.min(Math.max(0, time), duration);
  if (hasSound) audio.currentTime = position / 1000;
  if (position < view.from || position > view.to) { const span = view.to - view.from; setView(position - span / 3, position + span * 2 / 3); }
  show(announce);
}
function tick() {
  if (audio.paused) return;
  position = Math.min(duration, audio.currentTime * 1000);
  if (position > view.to || position < view.from) { const span = view.to - view.from; setView(position - span * .05, position + span * .95); }
  show(false);
  requestAnimationFrame(tick);
}
const toggle = () => { if (!hasSound) return; if (audio.paused) audio.play().catch(() => {}); else audio.pause(); };
audio.addEventListener('play', () => { $('play').textContent = 'Pause'; requestAnimationFrame(tick); });
audio.addEventListener('pause', () => { $('play').textContent = 'Play'; show(true); });
$('play').addEventListener('click', toggle);
$('in').addEventListener('click', () => zoom(.5));
$('out').addEventListener('click', () => zoom(2));
$('fit').addEventListener('click', () => setView(0, duration));

const edge = forward => {
  let best = forward ? duration : 0;
  for (const kind of kinds) {
    const {start} = lanes[kind], i = after(start, position);
    const time = forward ? start[i] : start[after(start, position - 1) - 1];
    if (time !== undefined) best = forward ? Math.min(best, time) : Math.max(best, time);
  }
  return best;
};
const beat = forward => (forward ? beats.time[after(beats.time, position)] : beats.time[after(beats.time, position - 1) - 1]);
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const tag = event.target.tagName;
  // Keys are for the timeline, not for what stands beside it.
  if (event.target !== document.body && !event.target.closest('#view')) return;
  if (tag === 'INPUT' || (event.target.closest('#words, table, summary') && [' ', 'Enter', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'].includes(event.key))) return;
  if (tag === 'BUTTON' && (event.key === ' ' || event.key === 'Enter')) return;
  const pixel = (view.to - view.from) / Math.max(1, stage.clientWidth);
  const actions = {
    ' ': toggle, ArrowLeft: () => seek(position - (event.shiftKey ? pixel : 5000)), ArrowRight: () => seek(position + (event.shiftKey ? pixel : 5000)),
    '+': () => zoom(.5), '=': () => zoom(.5), '-': () => zoom(2), '0': () => setView(0, duration), Home: () => seek(0), End: () => seek(duration),
    PageUp: () => seek(position - (view.to - view.from)), PageDown: () => seek(position + (view.to - view.from)),
    n: () => seek(edge(true)), p: () => seek(edge(false)), b: () => seek(beat(true) ?? position), B: () => seek(beat(false) ?? position),
  };
  if (actions[event.key]) { actions[event.key](); event.preventDefault(); }
});

// ---- Pointers

const timeAt = event => view.from + (event.clientX - canvas.getBoundingClientRect().left) / canvas.clientWidth * (view.to - view.from);
canvas.addEventListener('wheel', event => {
  event.preventDefault();
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    const by = (event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX) / canvas.clientWidth * (view.to - view.from);
    setView(view.from + by, view.to + by);
  } else {
    zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY)) / 300), timeAt(event));
  }
}, {passive: false});
const pointers = new Map();
let moved = 0;
canvas.addEventListener('pointerdown', event => { canvas.setPointerCapture(event.pointerId); pointers.set(event.pointerId, event.clientX); moved = 0; $('position').focus({preventScroll: true}); });
canvas.addEventListener('pointermove', event => {
  const before = pointers.get(event.pointerId);
  if (before === undefined) { if (event.pointerType === 'mouse') hover(event); return; }
  const span = view.to - view.from, width = canvas.clientWidth;
  if (pointers.size === 2) {
    const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
    const [was, is] = [Math.abs(before - other), Math.abs(event.clientX - other)];
    if (was > 8 && is > 8) { const middle = (event.clientX + other) / 2 - canvas.getBoundingClientRect().left; zoom(was / is, view.from + middle / width * span); }
    moved = 99;
  } else {
    moved += Math.abs(event.clientX - before);
    if (moved > 4) { const by = (before - event.clientX) / width * span; setView(view.from + by, view.to + by); }
  }
  pointers.set(event.pointerId, event.clientX);
});
const release = event => { if (pointers.delete(event.pointerId) && event.type === 'pointerup' && moved <= 4) seek(timeAt(event)); };
canvas.addEventListener('pointerup', release);
canvas.addEventListener('pointercancel', release);
canvas.addEventListener('dblclick', event => {
  const time = timeAt(event), kind = kinds.find(kind => at(lanes[kind], time) >= 0);
  if (!kind) return;
  const i = at(lanes[kind], time), span = lanes[kind].end[i] - lanes[kind].start[i];
  setView(lanes[kind].start[i] - span * .1, lanes[kind].end[i] + span * .1);
});
const centre = event => { const box = overview.getBoundingClientRect(), t = (event.clientX - box.left) / box.width * duration, span = view.to - view.from; setView(t - span / 2, t + span / 2); };
overview.addEventListener('pointerdown', event => { overview.setPointerCapture(event.pointerId); centre(event); });
overview.addEventListener('pointermove', event => { if (event.buttons) centre(event); });
function hover(event) {
  const time = timeAt(event);
  const facts = kinds.map(kind => [kind, at(lanes[kind], time)]).filter(([, i]) => i >= 0).map(([kind, i]) => {
    const lane = lanes[kind], loud = lane.loudness[i], sure = lane.confidence[i];
    return `${kind} ${clock(lane.start[i])}–${clock(lane.end[i])}${loud > -32768 && loud !== undefined ? ` ${(loud / 100).toFixed(1)} LUFS` : ''}${sure <= 100 ? ` ${sure}%` : ''}`;
  });
  $('tip').textContent = `${clock(time)} ${facts.join(' · ')}`;
}

// ---- Words

const panel = $('words'), page = 120;
let first = 0, last = 0;
function utterance(i) {
  const p = document.createElement('p');
  p.dataset.i = i;
  const time = document.createElement('button');
  time.type = 'button'; time.textContent = clock(speech.start[i]); time.setAttribute('aria-label', 'Go to ' + clock(speech.start[i]));
  const speaker = document.createElement('span');
  speaker.className = 'speaker'; speaker.textContent = speech.speaker[i] ? data.speakers[speech.speaker[i] - 1] : '';
  const text = document.createElement('span');
  if (wordsOf[i] < wordsOf[i + 1]) {
    for (let w = wordsOf[i]; w < wordsOf[i + 1]; w++) {
      const word = document.createElement('span');
      word.dataset.w = w; word.textContent = words.text[w];
      text.append(word, ' ');
    }
  } else {
    text.textContent = speech.text[i] || '(no words)';
  }
  p.append(time, speaker, text);
  return p;
}
function fillWords(around) {
  first = Math.max(0, around - page / 2); last = Math.min(speech.count, first + page);
  first = Math.max(0, last - page);
  const nodes = [];
  for (let i = first; i < last; i++) nodes.push(utterance(i));
  panel.replaceChildren(...nodes);
  $('more').textContent = speech.count > page ? `Stretches of speech ${first + 1} to ${last} of ${speech.count}; the others show as the recording is played or searched.` : '';
}
panel.addEventListener('click', event => {
  const word = event.target.closest('[data-w]'), p = event.target.closest('p');
  if (word) seek(words.start[word.dataset.w]); else if (p && event.target.closest('button')) seek(speech.start[p.dataset.i]);
});
let current = -1, currentWord = -1;
function follow() {
  if (!speech.count) return;
  const i = Math.max(0, after(speech.start, position) - 1);
  const w = after(words.start, position) - 1;
  if (i === current && w === currentWord) return;
  if (i < first || i >= last) fillWords(i);
  if (i !== current) {
    panel.querySelector('.current')?.classList.remove('current');
    const p = panel.querySelector(`p[data-i="${i}"]`);
    p?.classList.add('current');
    if (p && $('follow').checked) { const box = panel.getBoundingClientRect(), own = p.getBoundingClientRect(); if (own.top < box.top || own.bottom > box.bottom) panel.scrollTop += own.top - box.top - box.height / 3; }
  }
  panel.querySelector('.now')?.classList.remove('now');
  if (w >= 0 && position < words.end[w] + 250) panel.querySelector(`span[data-w="${w}"]`)?.classList.add('now');
  current = i; currentWord = w;
}
$('find').addEventListener('input', () => find(false));
$('find').addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); find(true); } });
function find(next) {
  const text = $('find').value.trim().toLowerCase();
  if (!text || !words.text.length) { $('found').textContent = ''; return; }
  const count = words.text.length, start = Math.max(0, after(words.start, position - (next ? 0 : 1)) - (next ? 0 : 1));
  for (let k = 0; k < count; k++) {
    const w = (start + k) % count;
    if (words.text[w].toLowerCase().includes(text)) { seek(words.start[w], false); $('found').textContent = clock(words.start[w]); return; }
  }
  $('found').textContent = 'not said';
}

// ---- The table

function fillTable() {
  if (!$('table').open) return;
  const found = [];
  for (const kind of kinds) {
    const lane = lanes[kind];
    for (let i = after(lane.end, view.from), end = after(lane.start, view.to), n = 0; i < end && n < 300; i++, n++) found.push([lane.start[i], kind, i]);
  }
  found.sort((a, b) => a[0] - b[0]);
  $('rows').replaceChildren(...found.slice(0, 300).map(([, kind, i]) => {
    const lane = lanes[kind], row = document.createElement('tr');
    const loud = lane.loudness[i], sure = lane.confidence[i];
    const cells = [clock(lane.start[i]), clock(lane.end[i]), kind, lane.speaker[i] ? data.speakers[lane.speaker[i] - 1] : '', loud > -32768 && loud !== undefined ? (loud / 100).toFixed(1) : '', sure <= 100 ? sure + '%' : '', lane.text[i] || ''];
    for (const text of cells) { const cell = document.createElement('td'); cell.textContent = text; row.append(cell); }
    return row;
  }));
  $('range').textContent = `Events between ${clock(view.from)} and ${clock(view.to)}${found.length > 300 ? ', the first 300 of them' : ''}.`;
}
$('table').addEventListener('toggle', fillTable);

// ---- Begin

readColors();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { readColors(); overviewImage = null; schedule(); });
addEventListener('resize', () => { overviewImage = null; schedule(); });
addEventListener('beforeprint', () => { draw(); });
$('position').setAttribute('aria-valuemax', Math.round(duration));
if (speech.count) fillWords(0); else $('transcript').hidden = true;
const asked = /[#&]t=([0-9.]+)/.exec(location.hash);
show(false);
if (asked && Number.isFinite(Number(asked[1]))) seek(Number(asked[1]) * 1000, false);
draw(); drawOverview(); placeHead();
window.cueline = {view, setView, seek, setSound, setWave, costs, audio, get position() { return position; }, counts: Object.fromEntries(kinds.map(kind => [kind, lanes[kind].count]))};
document.documentElement.dataset.ready = 'true';
};
