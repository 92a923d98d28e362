'use strict';
// Asks for the pool once a second and writes it into the tables. Everything from the pool is set as text, never as HTML.
const byId = (id) => document.getElementById(id);
let token = sessionStorage.getItem('token') || '';
let chosen = null;  // group of the sequence whose details are shown
let last = null;

const seconds = (ms) => {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 90 ? `${s} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
};
const range = (sequence) => {
  const end = sequence.facts.end_height;
  return end === undefined || end === String(sequence.start_height) ? String(sequence.start_height) : `${sequence.start_height}–${end}`;
};

const cell = (tag, text, style) => {
  const out = document.createElement(tag);
  out.textContent = text;
  if (style) out.className = style;
  if (tag === 'th') out.scope = 'row';
  return out;
};

// Writes rows of cells into a table's body and leaves what has not changed alone, so that focus and selection stay.
function fill(body, rows) {
  rows.forEach((cells, i) => {
    let row = body.rows[i];
    if (row === undefined) row = body.insertRow();
    cells.forEach((fresh, j) => {
      const old = row.cells[j];
      if (old === undefined) row.append(fresh);
      else if (old.tagName !== fresh.tagName || old.dataset.key !== fresh.dataset.key ||
               (!fresh.firstElementChild && old.textContent !== fresh.textContent)) old.replaceWith(fresh);
      else if (old.className !== fresh.className) old.className = fresh.className;
    });
    while (row.cells.length > cells.length) row.deleteCell(-1);
  });
  while (body.rows.length > rows.length) body.deleteRow(-1);
}

function none(columns, text) {
  const out = cell('td', text, 'text');
  out.colSpan = columns;
  return [[out]];
}

function stages(pool) {
  fill(byId('stages').tBodies[0], pool.stage_order.map((name) => {
    const s = pool.stages[name];
    return [cell('th', name), cell('td', s.ready), cell('td', s.leased, s.leased ? 'busy' : ''), cell('td', s.waiting),
      cell('td', s.delayed), cell('td', s.dead, s.dead ? 'bad' : ''), cell('td', s.done_total),
      cell('td', s.oldest_ready_ms ? seconds(s.oldest_ready_ms) : '–'), cell('td', s.leases_lost_total)];
  }));
}

function windowText(sequence) {
  const w = sequence.window;
  if (!w || sequence.ended_ms) return '–';
  return w.phase === 'commit' || w.phase === 'reveal' ? `${w.phase}, ${w.blocks_left} blocks left` : w.phase;
}

function grid(pool) {
  const used = pool.stage_order.filter((name) => pool.sequences.some((s) => s.tasks && s.tasks[name]));
  const head = byId('grid').tHead;
  const titles = ['heights', 'state', ...used, 'window', 'time', 'ends in'];
  if ([...head.querySelectorAll('th')].map((th) => th.textContent).join() !== titles.join()) {
    head.replaceChildren();
    const row = head.insertRow();
    for (const title of titles) {
      const th = cell('th', title, title === 'state' ? 'text' : '');
      th.scope = 'col';
      row.append(th);
    }
  }
  if (pool.sequences.length === 0) return fill(byId('grid').tBodies[0], none(titles.length, 'none'));
  fill(byId('grid').tBodies[0], pool.sequences.map((sequence) => {
    const first = cell('th', '');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = range(sequence);
    button.addEventListener('click', () => { chosen = sequence.group; detail(last); byId('detail-title').focus(); });
    first.append(button);
    first.dataset.key = sequence.group;
    const state = sequence.state === 'verified' ? 'done' : sequence.state === 'running' ? 'busy' : 'bad';
    const cells = [first, cell('td', sequence.state, state + ' text')];
    for (const name of used) {
      const t = (sequence.tasks || {})[name];
      if (!t) { cells.push(cell('td', '')); continue; }
      const style = t.dead ? 'bad' : t.running ? 'busy' : t.done === t.all ? 'done' : '';
      cells.push(cell('td', `${t.done}/${t.all}${t.running ? ' *' : ''}${t.dead ? `, ${t.dead} dead` : ''}`, style));
    }
    const ended = sequence.ended_ms || pool.now_ms;
    cells.push(cell('td', windowText(sequence)), cell('td', seconds(ended - sequence.begun_ms)),
      cell('td', sequence.ended_ms ? '–' : sequence.eta_ms === undefined ? '?' : `about ${seconds(sequence.eta_ms)}`));
    return cells;
  }));
}

function detail(pool) {
  const sequence = pool && pool.sequences.find((s) => s.group === chosen);
  byId('detail').hidden = !sequence;
  if (!sequence) return;
  byId('detail-title').textContent = `Sequence ${range(sequence)}`;
  const facts = { state: sequence.state, window: windowText(sequence), ...sequence.facts };
  byId('detail').querySelector('dl').replaceChildren(
    ...Object.entries(facts).filter(([, value]) => value !== '').flatMap(([name, value]) => [cell('dt', name), cell('dd', value)]));
}

function workers(pool) {
  const rows = pool.workers.map((w) => {
    const task = w.tasks[0];
    return [cell('th', w.worker), cell('td', w.stage, 'text'),
      cell('td', task ? `height ${task.height}${w.tasks.length > 1 ? ` and ${w.tasks.length - 1} more` : ''}` : 'waits', task ? 'busy text' : 'text'),
      cell('td', task ? seconds(pool.now_ms - task.since_ms) : '–')];
  });
  fill(byId('workers').tBodies[0], rows.length ? rows : none(4, 'none'));
}

function dead(pool) {
  const rows = pool.dead.map((t) => [cell('th', t.height), cell('td', t.stage, 'text'), cell('td', t.task, 'text'), cell('td', t.reason, 'text wrap')]);
  fill(byId('dead').tBodies[0], rows.length ? rows : none(4, 'none'));
}

function summary(pool) {
  const running = pool.sequences.filter((s) => !s.ended_ms).length;
  const chain = pool.chain && pool.chain.head !== undefined ? `block ${pool.chain.head}` : pool.chain ? 'the chain does not answer' : '';
  const age = Date.now() - pool.now_ms;
  return [`${running} of ${pool.sequences.length} sequences under way`, pool.dead.length ? `${pool.dead.length} dead tasks` : '',
    pool.tasks_per_second ? `${pool.tasks_per_second.toFixed(1)} tasks/s` : '', chain,
    age > 5000 ? `as it was ${seconds(age)} ago` : ''].filter(Boolean).join(' · ');
}

function say(text) {
  if (byId('summary').textContent !== text) byId('summary').textContent = text;
}

function show(pool) {
  last = pool;
  byId('pool').textContent = pool.pool;
  document.title = `Cairn ${pool.pool}`;
  stages(pool);
  grid(pool);
  detail(pool);
  workers(pool);
  dead(pool);
  say(summary(pool));
  byId('main').hidden = false;
}

async function look() {
  try {
    const reply = await fetch('api/pool', { headers: token ? { Authorization: `Bearer ${token}` } : {}, cache: 'no-store' });
    byId('login').hidden = reply.status !== 401;
    if (reply.status === 401) {
      byId('main').hidden = true;
      say(token ? 'That is not the token.' : 'A token is needed.');
    } else {
      const pool = await reply.json();
      if (pool.pool) show(pool);
    }
  } catch {
    say('The console does not answer.');
  }
  setTimeout(look, 1000);
}

function enter(event) {
  event.preventDefault();
  token = byId('token').value.trim();
  sessionStorage.setItem('token', token);
}

document.addEventListener('DOMContentLoaded', () => {
  byId('close').addEventListener('click', () => { chosen = null; detail(last); });
  byId('ask').addEventListener('submit', enter);
  look();
});
