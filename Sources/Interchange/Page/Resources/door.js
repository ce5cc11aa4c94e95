'use strict';
// The service's own page: who asks, their recordings, a new one, how far its analysis is, and the timeline when it is there. What is shown comes by the
// service's routes, with the same checks as for everybody; the page itself holds nothing.
(() => {
const $ = id => document.getElementById(id);
const asked = new URLSearchParams(location.search);
for (const [name, value] of new URLSearchParams(location.hash.slice(1))) asked.set(name, value);
const kept = (name, store) => { try { return store.getItem('cueline-' + name) || ''; } catch { return ''; } };
const keep = (name, value, store) => { try { store.setItem('cueline-' + name, value); } catch { /* then it is asked for again */ } };

// ---- Who asks

$('tenant').value = asked.get('tenant') ?? asked.get('tenant_id') ?? kept('tenant', localStorage);
$('env').value = asked.get('env') ?? kept('env', localStorage);
$('token').value = kept('token', sessionStorage);
/** What was entered last, and counts until something else is submitted. */
let who = {};
function identify() {
  who = {tenant: $('tenant').value.trim(), env: $('env').value.trim(), token: $('token').value.trim()};
  for (const [name, value] of Object.entries(who)) {
    if (!/^[\x21-\x7e]*$/.test(value)) throw new Error(`The ${name === 'env' ? 'environment' : name} has characters that a request cannot carry.`);
  }
  keep('tenant', who.tenant, localStorage);
  keep('env', who.env, localStorage);
  // For this tab, and never in the address, which browsers remember.
  keep('token', who.token, sessionStorage);
}
const isKnown = () => Boolean(who.token || (who.tenant && who.env));
/** An address that leads here again. */
function address(fields) {
  const hash = new URLSearchParams();
  for (const name of ['tenant', 'env']) if (who[name]) hash.set(name, who[name]);
  for (const [name, value] of Object.entries(fields)) if (value) hash.set(name, value);
  return '#' + hash;
}
const note = fields => history.replaceState(null, '', location.pathname + address(fields));
function headers() {
  const fields = {};
  if (who.tenant) fields['X-Tenant-Id'] = who.tenant;
  if (who.env) fields['X-Env'] = who.env;
  if (who.token) fields.Authorization = 'Bearer ' + who.token;
  return fields;
}
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {...options, headers: {...headers(), ...options.headers}});
  } catch (error) {
    throw error.name === 'AbortError' ? error : Object.assign(new Error('The service does not answer.'), {status: 0});
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  const error = new Error(body?.error?.message ? `${body.error.message} (${body.error.code})` : `The service answered ${response.status}.`);
  error.status = response.status;
  throw error;
}
const json = async (path, options) => (await ask(path, options)).json();
const trouble = error => { if (error?.name !== 'AbortError') $('trouble').textContent = error?.message || String(error); };
const attempt = action => async event => {
  event?.preventDefault?.();
  $('trouble').textContent = '';
  try { await action(event); } catch (error) { idle(); trouble(error); }
};

// ---- Recordings

let cursor = null;
const length = ms => { const s = Math.round(ms / 1000), m = Math.floor(s / 60); return m < 60 ? `${m}:${String(s % 60).padStart(2, '0')}` : `${Math.floor(m / 60)}:${String(m % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`; };
/** A name on one line, in the order in which it is written. */
const plain = text => String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, letter => letter === '\u200c' || letter === '\u200d' ? letter : '');
const nameOf = asset => plain(asset.meta?.title || asset.id);
const days = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'short'});
function row(asset) {
  const line = document.createElement('tr'), button = document.createElement('button');
  const cells = [nameOf(asset), asset.duration_ms ? length(asset.duration_ms) : '', asset.created_at ? days.format(new Date(asset.created_at)) : ''];
  for (const text of cells) { const cell = document.createElement('td'); cell.textContent = text; line.append(cell); }
  button.type = 'button'; button.textContent = 'Open'; button.setAttribute('aria-label', 'Open ' + nameOf(asset));
  button.addEventListener('click', attempt(() => { location.hash = address({asset: asset.id}); }));
  const cell = document.createElement('td');
  cell.append(button);
  line.append(cell);
  return line;
}
async function list(more) {
  const page = await json('/media-v2/assets?order=newest&limit=50' + (more && cursor ? '&cursor=' + encodeURIComponent(cursor) : ''));
  const lines = page.assets.filter(asset => asset.kind === 'audio' || asset.kind === 'video').map(row);
  if (more) $('assets').append(...lines); else $('assets').replaceChildren(...lines);
  cursor = page.cursor;
  $('older').hidden = !cursor;
  $('none').hidden = Boolean(cursor) || $('assets').childElementCount > 0;
  $('recordings').hidden = $('send').hidden = false;
}
$('older').addEventListener('click', attempt(() => list(true)));
$('who').addEventListener('submit', attempt(async () => {
  $('assets').replaceChildren();
  $('recordings').hidden = $('send').hidden = true;
  identify();
  await list(false);
  // A link that could not be followed before leads on.
  if (!document.documentElement.dataset.ready && (goal.artifact || goal.job || goal.asset)) await reach();
  else if (document.documentElement.dataset.ready) location.hash = address({});
  else note({});
}));

/** The newest timeline of a recording, if there is one. */
async function open(id) {
  const {asset, artifacts} = await json('/media-v2/assets/' + encodeURIComponent(id));
  const timelines = artifacts.filter(artifact => artifact.kind === 'audio_semantic_timeline');
  timelines.sort((a, b) => a.created_at < b.created_at ? 1 : -1);
  if (timelines.length) return showArtifact(timelines[0].id);
  // Only a person starts work, not a link.
  $('unheard').hidden = false;
  $('unheard-name').textContent = nameOf(asset);
  $('hear').onclick = attempt(() => { $('unheard').hidden = true; return analyze(id); });
  $('hear').focus();
}

// ---- A new one

let stopping = null;
function working(title, share, text, stop) {
  $('work').hidden = false;
  // Said aloud when it changes; the bar has the rest.
  if ($('doing').textContent !== title) $('doing').textContent = title;
  if (share === null) $('done').removeAttribute('value'); else $('done').value = share;
  $('stage-name').textContent = text;
  stopping = stop;
  $('stop').hidden = !stop;
}
function idle() {
  $('work').hidden = true;
  stopping = null;
  isSending = false;
  for (const button of document.querySelectorAll('#who button, #send button')) button.disabled = false;
}
$('stop').addEventListener('click', async () => {
  try { await stopping?.(); } catch (error) { trouble(error); }
});

/** While a file is sent nothing else begins, and leaving is asked about. */
let isSending = false;
addEventListener('beforeunload', event => { if (isSending) event.preventDefault(); });

/** Sends a file; fetch does not tell how far it is. */
function upload(file) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(), form = new FormData();
    form.set('meta', JSON.stringify({title: file.name}));
    form.set('file', file);
    request.open('POST', '/media-v2/assets');
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', event => working('Sending ' + plain(file.name), event.lengthComputable ? event.loaded / event.total : null, '', () => request.abort()));
    request.addEventListener('load', () => {
      let body = null;
      try { body = JSON.parse(request.responseText); } catch { /* not ours */ }
      if (request.status === 201 && body) resolve(body); else reject(new Error(body?.error?.message || `The service answered ${request.status}.`));
    });
    request.addEventListener('error', () => reject(new Error('The service does not answer.')));
    request.addEventListener('abort', () => reject(new Error('Stopped.')));
    working('Sending ' + plain(file.name), 0, '', () => request.abort());
    request.send(form);
  });
}
$('send').addEventListener('submit', attempt(async () => {
  const file = $('file').files[0];
  if (!file) throw new Error('Choose a recording first.');
  isSending = true;
  for (const button of document.querySelectorAll('#who button, #send button')) button.disabled = true;
  const asset = await upload(file);
  isSending = false;
  await list(false);
  await analyze(asset.id);
}));

async function analyze(assetID) {
  working('Asking', null, '', null);
  const body = {asset_id: assetID};
  const response = await ask('/audio/semantic-timeline/analyze', {method: 'POST', body: JSON.stringify(body), headers: {'Content-Type': 'application/json', Prefer: 'respond-async'}});
  const answer = await response.json();
  if (response.status === 202) await follow(answer.id); else await showArtifact(answer.audio_semantic_artifact_id);
}

// ---- A job

/** Follows a job by its events until it ends; a broken connection goes on after the last event that was seen. */
async function follow(id) {
  note({job: id});
  const stop = () => json('/jobs/' + encodeURIComponent(id), {method: 'DELETE'});
  working('Analysing', 0, 'queued', stop);
  let seen = '', failures = 0, ended = null;
  while (!ended) {
    await visible();
    const away = new AbortController(), leave = () => { if (document.hidden) away.abort(); };
    document.addEventListener('visibilitychange', leave);
    try {
      const response = await ask('/jobs/' + encodeURIComponent(id) + '/events', {headers: seen ? {'Last-Event-ID': seen} : {}, signal: away.signal});
      failures = 0;
      if (response.status === 204) ended = await json('/jobs/' + encodeURIComponent(id));
      else for await (const event of events(response.body)) {
        seen = event.id || seen;
        const job = JSON.parse(event.data);
        if (['done', 'failed', 'cancelled'].includes(job.state)) { ended = job; break; }
        const left = job.work?.seconds_left;
        working('Analysing', job.progress, [job.stage, `${Math.round(job.progress * 100)} %`, left > 0 ? `about ${length(left * 1000)} left` : ''].filter(Boolean).join(', '), stop);
      }
    } catch (error) {
      // A service that restarts, a proxy without one behind it: not for ever. A tab that is hidden leaves its connection to others.
      const passes = error.name === 'AbortError' || error instanceof TypeError || [0, 429, 502, 503, 504].includes(error.status);
      if (!passes || (error.name !== 'AbortError' && ++failures > 60)) throw error;
      if (error.name !== 'AbortError') working('Analysing', null, 'waiting for the service', stop);
    } finally {
      document.removeEventListener('visibilitychange', leave);
      away.abort();
    }
    if (!ended) await new Promise(resolve => setTimeout(resolve, 1000));
  }
  if (ended.state === 'done') return showArtifact(ended.result.audio_semantic_artifact_id);
  note({});
  throw new Error(ended.state === 'cancelled' ? 'Stopped.' : `${ended.error?.message || 'The analysis failed.'} (${ended.error?.code || 'unknown'})`);
}
/** Waits until somebody looks: a browser gives a host few connections, and each follower holds one. */
const visible = () => document.hidden ? new Promise(resolve => document.addEventListener('visibilitychange', () => resolve(visible()), {once: true})) : null;
/** The events of a stream (WHATWG HTML, section 9.2.6). */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {id: '', data: ''};
      for (const line of block.split('\n')) {
        if (line.startsWith('id: ')) event.id = line.slice(4);
        if (line.startsWith('data: ')) event.data += line.slice(6);
      }
      if (event.data) yield event;
    }
  }
}
// ---- The timeline

async function showArtifact(id) {
  const shots = asked.get('shots');
  // What draws a timeline draws one: another one is another page.
  if (document.documentElement.dataset.ready) { location.hash = address({artifact: id}); return; }
  note({artifact: id, shots, t: goal.artifact === id ? asked.get('t') : null});
  working('Getting the timeline', null, '', null);
  const page = await json(`/audio/semantic-timeline/${encodeURIComponent(id)}/view`);
  if (shots) {
    try { page.timeline.shots = await shotsOf(shots, page.asset_id); } catch (error) { page.notices.push('No shots: ' + error.message); }
  }
  document.title = $('title').textContent = page.title;
  $('facts').textContent = page.facts;
  $('about').textContent = page.about;
  $('notices').replaceChildren(...page.notices.map(text => { const item = document.createElement('li'); item.textContent = text; return item; }));
  const sound = page.timeline.audioURL;
  delete page.timeline.audioURL;
  $('view').hidden = false;
  $('recordings').open = false;
  showTimeline(page.timeline);
  idle();
  $('title').tabIndex = -1;
  $('title').focus();
  if (sound) await loadSound(sound, page.timeline.duration);
  document.documentElement.dataset.sound = 'true';
}

/** The shots of a list that show this recording. */
async function shotsOf(id, assetID) {
  const {shots} = await json('/audio/to-video-origin/' + encodeURIComponent(id));
  return shots.filter(shot => shot.source_asset_id === assetID)
    .map(shot => ({start: shot.source_start_ms, end: shot.source_end_ms, label: `at ${Math.round(shot.target_start_ms / 10) / 100} s`}));
}

const most = {kept: 256 * 1048576, drawn: 3600000};
/** The recording itself, with the headers that a media element cannot send. */
async function loadSound(path, duration) {
  const stop = new AbortController();
  const response = await ask(path, {signal: stop.signal});
  const size = Number(response.headers.get('Content-Length')) || 0;
  const parts = [], reader = response.body.getReader();
  let got = 0;
  while (got <= most.kept && size <= most.kept) {
    const {value, done} = await reader.read();
    if (done) {
      idle();
      const blob = new Blob(parts);
      window.cueline.setSound(URL.createObjectURL(blob));
      if (duration <= most.drawn) await drawWave(await blob.arrayBuffer(), duration);
      return;
    }
    parts.push(value);
    got += value.length;
    if (size && got < size) working('Getting the sound', got / size, `${Math.round(got / size * 100)} %`, () => { stop.abort(); idle(); });
  }
  stop.abort();
  idle();
  const large = 'The recording is larger than 256 MB';
  if (who.token) { $('tip').textContent = `${large}, too large to be fetched with a token: cueline view makes a page with its sound.`; return; }
  $('tip').textContent = `${large}: it plays, but has no outline here.`;
  window.cueline.setSound(`${path}?${new URLSearchParams({tenant_id: who.tenant, env: who.env})}`);
}
/** The outline of the sound, by the browser's own decoder; what it cannot decode has none. */
async function drawWave(bytes, duration) {
  const rate = 8000, hop = duration <= 600000 ? 5 : 20, step = rate * hop / 1000;
  let sound;
  try { sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes); } catch { return; }
  // A decoder leaves out what comes before the sound of some files: no outline rather than one in the wrong place.
  if (Math.abs(sound.duration * 1000 - duration) > 100) return;
  const count = Math.ceil(sound.length / step), minima = new Int8Array(count), maxima = new Int8Array(count);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    const samples = sound.getChannelData(channel);
    for (let i = 0; i < count; i++) {
      let low = 0, high = 0;
      for (let k = i * step, end = Math.min(samples.length, k + step); k < end; k++) { const v = samples[k]; if (v < low) low = v; else if (v > high) high = v; }
      minima[i] = Math.min(minima[i], Math.max(-127, low * 127));
      maxima[i] = Math.max(maxima[i], Math.min(127, high * 127));
      // A frame in between: what is being looked at goes on.
      if (i % 20000 === 19999) await new Promise(resolve => setTimeout(resolve));
    }
  }
  window.cueline.setWave(minima, maxima, hop);
}

// ---- Begin

// Forward, back, another link: another page.
addEventListener('hashchange', () => { if (!isSending) location.reload(); });
const goal = {artifact: asked.get('artifact') ?? asked.get('artifact_id'), job: asked.get('job'), asset: asked.get('asset') ?? asked.get('asset_id')};
const reach = () => goal.artifact ? showArtifact(goal.artifact) : goal.job ? follow(goal.job) : goal.asset ? open(goal.asset) : null;
attempt(async () => {
  identify();
  if (goal.artifact || goal.job || goal.asset) {
    $('recordings').open = false;
    await reach();
  }
  if (isKnown()) await list(false);
})();
})();
