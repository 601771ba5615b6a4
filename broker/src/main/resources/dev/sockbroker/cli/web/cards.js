// What the graph shows, as a list of sockets with their holders, where the page is narrow.

import {element} from './words.js';

export class Cards {
  #place;
  #list = element('ul', {class: 'cards'});

  constructor(place) {
    this.#place = place;
  }

  show(model, selected) {
    if (this.#list.parentNode !== this.#place) {
      this.#place.replaceChildren(this.#list);
    }
    // the focus stays on the same thing, although its element is new
    const focused = this.#list.contains(document.activeElement) ? document.activeElement : null;
    this.#list.replaceChildren(...model.sockets.map((it) => card(it, selected)));
    if (focused) {
      const {key, of} = focused.dataset;
      [...this.#list.querySelectorAll('button')].find((it) => it.dataset.key === key && it.dataset.of === of)?.focus({preventScroll: true});
    }
  }
}

function card(socket, selected) {
  return element(
    'li',
    {class: `card${socket.notes.some((it) => it.warns) ? ' warns' : ''}${socket.isHeld ? '' : ' free'}`},
    element(
      'button',
      {type: 'button', class: 'node socket', 'data-key': socket.key, 'aria-pressed': String(socket.key === selected)},
      element('span', {class: 'title'}, socket.title),
      element('span', {class: 'subtitle'}, socket.subtitle),
      ...socket.notes.map((it) => element('span', {class: 'note'}, it.text)),
    ),
    socket.edges.length === 0 ? null : element('ul', {}, ...socket.edges.map((it) => holder(it, selected))),
  );
}

function holder(edge, selected) {
  const role = edge.registrant ? 'registrant' : edge.standby ? 'standby' : '';
  const attributes = {
    type: 'button',
    class: `node process ${role}`,
    'data-key': edge.process.key,
    'data-of': edge.key,
    'data-edge': edge.key,
    'aria-pressed': String(edge.process.key === selected),
  };
  return element(
    'li',
    {},
    element(
      'button',
      attributes,
      element('span', {class: 'title'}, edge.process.title),
      element('span', {class: 'subtitle'}, edge.process.subtitle),
      element('span', {class: `edge-label ${role}`}, label(edge)),
    ),
  );
}

/** There is no legend, so the words must say it. */
function label(edge) {
  return edge.registrant ? edge.label.replace(' · ', ' · is told of ') : edge.label || edge.key;
}
