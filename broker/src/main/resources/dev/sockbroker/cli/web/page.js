// Connects the parts of the page with the server's events, the keyboard and the pointer.

import './theme.js';
import {Cards} from './cards.js';
import {Curves} from './curves.js';
import {Details} from './details.js';
import {Graph} from './graph.js';
import {Happenings} from './happenings.js';
import {modelOf} from './model.js';
import {showAmount, showCounters, state, warn} from './status.js';
import {element} from './words.js';

const NARROW = 600;
const TYPING_MILLIS = 200;
const RETRY_MILLIS = 3000;

const byId = (id) => document.getElementById(id);
const place = byId('graph');
const filter = byId('filter');
const graph = new Graph(place);
const cards = new Cards(place);
const curves = new Curves(byId('curves'));
const details = new Details();
const happenings = new Happenings();

let source = null;
let snapshot = null;
let model = {processes: [], sockets: [], edges: []};
let selected = null;
let typing = 0;
let width = 0;

function connect() {
  source?.close();
  source = new EventSource(`events?filter=${encodeURIComponent(filter.value.trim())}`);
  source.addEventListener('snapshot', (it) => onSnapshot(JSON.parse(it.data)));
  source.addEventListener('happening', (it) => happenings.add(Number(it.lastEventId), JSON.parse(it.data)));
  source.addEventListener('deaf', (it) => happenings.explain(JSON.parse(it.data).reason));
  source.addEventListener('gone', (it) => onGone(JSON.parse(it.data).reason));
  source.onerror = onLost;
}

function onSnapshot(it) {
  snapshot = it;
  model = modelOf(it);
  state('live', 'live');
  warn('');
  curves.add(it.rates, it.administrator);
  showCounters(it.broker);
  render();
}

function onGone(reason) {
  state('gone', 'no broker');
  warn(`The broker is gone, so this page shows its last state. It connects again by itself. (${reason})`);
  if (snapshot) {
    curves.add(null, snapshot.administrator);
  }
}

async function onLost() {
  state('gone', 'not connected');
  warn("The command 'sockbroker web' does not answer. If it has ended, start it again and use its new link.");
  if (source.readyState === EventSource.CLOSED) {
    setTimeout(connect, RETRY_MILLIS);
    const answer = await fetch('events', {method: 'HEAD'}).catch(() => null);
    if (answer && !answer.ok) {
      warn(answer.status === 503 ? 'Too many browsers look at this page. Close one of them.' : 'This page needs a new link: start sockbroker web again.');
    }
  }
}

function render() {
  if (!snapshot) {
    return;
  }
  showAmount(snapshot);
  const isNarrow = place.clientWidth < NARROW;
  byId('legend').hidden = isNarrow || model.edges.length === 0;
  if (model.sockets.length === 0) {
    place.replaceChildren(element('p', {class: 'empty'}, emptyText()));
  } else {
    (isNarrow ? cards : graph).show(model, selected);
  }
  rove();
  details.show(selectedNode());
}

function emptyText() {
  return snapshot.filter === ''
    ? 'Nobody holds a socket yet. To open one: sockbroker open --name web --retain 60s tcp-listen:127.0.0.1:8080'
    : 'Nothing matches the filter.';
}

function selectedNode() {
  return [...model.processes, ...model.sockets].find((it) => it.key === selected) ?? null;
}

function nodes() {
  return [...place.querySelectorAll('.node')];
}

/** Exactly one node is reached by Tab; arrow keys lead to the others. */
function rove() {
  const all = nodes();
  const current = all.find((it) => it === document.activeElement) ?? all.find((it) => it.dataset.key === selected) ?? all[0];
  all.forEach((it) => it.setAttribute('tabindex', it === current ? '0' : '-1'));
}

function select(key) {
  selected = key;
  render();
  const node = selectedNode();
  byId('announcement').textContent = node ? `Details of ${node.label}` : '';
  if (node && place.clientWidth < NARROW) {
    byId('details').scrollIntoView({block: 'start'});
  }
}

function focusNode(it) {
  if (it) {
    it.focus();
    it.scrollIntoView({block: 'nearest'});
    rove();
  }
}

function focusKey(key) {
  focusNode(nodes().find((it) => it.dataset.key === key));
}

/** Up and down within processes or sockets, sideways along a descriptor. */
function move(key, from) {
  const all = nodes();
  const node = [...model.processes, ...model.sockets].find((it) => it.key === from.dataset.key);
  const isGraph = from instanceof SVGElement;
  const column = isGraph ? all.filter((it) => it.classList.contains('process') === node?.isProcess) : all;
  const at = column.indexOf(from);
  if (key === 'ArrowDown' || key === 'ArrowUp') {
    focusNode(column[at + (key === 'ArrowDown' ? 1 : -1)]);
  } else if (key === 'Home' || key === 'End') {
    focusNode(column.at(key === 'Home' ? 0 : -1));
  } else if (isGraph && node && node.edges.length > 0 && node.isProcess === (key === 'ArrowRight')) {
    focusKey(node.isProcess ? node.edges[0].socket.key : node.edges[0].process.key);
  }
}

place.addEventListener('click', (event) => {
  const node = event.target.closest('.node');
  if (node) {
    focusNode(node);
    select(node.dataset.key);
  }
});

place.addEventListener('keydown', (event) => {
  const node = event.target.closest('.node');
  if (!node || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End') {
    event.preventDefault();
    move(event.key, node);
  } else if ((event.key === 'Enter' || event.key === ' ') && node instanceof SVGElement) {
    event.preventDefault();
    select(node.dataset.key);
  }
});

place.addEventListener('focusin', rove);

byId('details').addEventListener('click', (event) => {
  const go = event.target.closest('[data-go]')?.dataset.go;
  if (go === 'close') {
    const former = selected;
    select(null);
    focusKey(former);
  } else if (go) {
    select(go);
  }
});

document.addEventListener('keydown', (event) => {
  const inField = event.target === filter;
  if (event.key === '/' && !inField && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    filter.focus();
    filter.select();
  } else if (event.key === 'Escape') {
    onEscape();
  }
});

/** Closes what was opened last: the filter's text, or the details. */
function onEscape() {
  if (filter.value !== '' && (document.activeElement === filter || selected === null)) {
    filter.value = '';
    refilter();
  } else if (selected !== null) {
    const former = selected;
    select(null);
    focusKey(former);
  } else {
    filter.blur();
  }
}

function refilter() {
  clearTimeout(typing);
  typing = setTimeout(connect, TYPING_MILLIS);
}

filter.addEventListener('input', refilter);
// not for another height, which drawing itself causes
new ResizeObserver(() => {
  if (place.clientWidth !== width) {
    width = place.clientWidth;
    render();
  }
}).observe(place);
connect();
