// The lines at the top: how the page is connected, and the broker's counters.

import {count, duration, element} from './words.js';

const byId = (id) => document.getElementById(id);

export function state(name, text) {
  byId('state').className = `state ${name}`;
  say('state', text);
}

/** An empty text is no warning. */
export function warn(text) {
  byId('alert').hidden = text === '';
  say('alert', text);
}

export function showCounters(broker) {
  say('about', `version ${broker.broker} · pid ${broker.pid} · up ${duration(broker.upMillis)}`);
  const counters = {
    sessions: broker.sessions,
    sockets: broker.sockets,
    descriptors: broker.descriptors,
    registrations: broker.registrations,
    'waiting operations': broker.waitingOperations,
    tokens: broker.tokens,
  };
  const items = Object.entries(counters).map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, count(value))));
  byId('counters').replaceChildren(...items);
}

/** How much of it the graph shows. */
export function showAmount({total, matching, descriptors, filter}) {
  let text = '';
  if (descriptors.length < matching) {
    text = `Showing ${count(descriptors.length)} of ${count(matching)}; filter to see others.`;
  } else if (filter !== '') {
    text = `${count(matching)} of ${count(total)} match “${filter}”.`;
  }
  say('shown', text);
}

/** A screen reader reads what is written, so nothing is written twice. */
function say(id, text) {
  const it = byId(id);
  if (it.textContent !== text) {
    it.textContent = text;
  }
}
