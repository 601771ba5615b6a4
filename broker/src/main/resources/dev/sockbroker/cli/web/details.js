// Everything that the page knows about the selected process or socket.

import {address, bytes, duration, element, joined, lower, short} from './words.js';

/** How many rights the protocol has. */
const ALL_RIGHTS = 12;

export class Details {
  #panel = document.getElementById('details');

  /** Null closes the panel. */
  show(node) {
    // a text that somebody marks must not vanish
    if (node && !this.#panel.hidden && this.#panel.contains(getSelection().anchorNode) && !getSelection().isCollapsed) {
      return;
    }
    this.#panel.hidden = !node;
    if (!node) {
      this.#panel.replaceChildren();
      return;
    }
    const focused = this.#panel.contains(document.activeElement) ? document.activeElement.dataset.go : null;
    this.#panel.replaceChildren(head(node), facts(node.isProcess ? ofProcess(node) : ofSocket(node)), ...rest(node));
    if (focused) {
      [...this.#panel.querySelectorAll('button')].find((it) => it.dataset.go === focused)?.focus({preventScroll: true});
    }
  }
}

function head(node) {
  return element(
    'div',
    {class: 'head'},
    element('h2', {id: 'details-title'}, node.isProcess ? 'Process ' : 'Socket ', element('span', {class: 'name'}, node.title)),
    element('button', {type: 'button', 'data-go': 'close', 'aria-label': 'Close the details'}, '✕'),
  );
}

function facts(pairs) {
  const list = element('dl', {class: 'facts'});
  for (const [name, value] of pairs) {
    if (value !== null && value !== undefined && value !== '') {
      list.append(element('dt', {}, name), element('dd', {}, String(value)));
    }
  }
  return list;
}

function ofProcess(node) {
  const known = [...node.sessions.values()].filter(Boolean);
  return [
    ['pid', node.pid],
    ['user', node.user],
    ...[...node.sessions.keys()].map((id) => ['session', sessionText(id, known.find((it) => it.session === id))]),
  ];
}

function sessionText(id, it) {
  return it
    ? joined(id, it.client, it.administrator ? 'administrator' : null, `lives with its ${lower(it.lifetime)}`, `idle ${duration(it.idleMillis)}`)
    : id;
}

function ofSocket(node) {
  const rate = node.rate;
  const isListener = node.state === 'LISTENING';
  return [
    ['id', node.key],
    ['kind', `${node.kind}, ${lower(node.state)}`],
    ['local', address(node.local)],
    ['peer', address(node.peer)],
    ['accepted by', node.listenerName],
    ['owner of the name', node.ownerUid === null ? null : `uid ${node.ownerUid}`],
    ['retention', node.retainMillis === null ? null : node.retainMillis === 0 ? 'none' : duration(node.retainMillis)],
    [isListener ? 'queue' : 'to receive', isListener ? queue(node) : bytes(node.queuedIn)],
    ['unacknowledged', isListener ? null : bytes(node.queuedOut)],
    ['connections', rate?.connections],
    ['accepts', rate && isListener ? `${short(rate.acceptsPerSecond)}/s` : null],
    ['bytes in', rate && `${bytes(rate.bytesInPerSecond)}/s`],
    ['bytes out', rate && `${bytes(rate.bytesOutPerSecond)}/s`],
    ['note', node.notes.map((it) => it.text).join('; ')],
  ];
}

function queue(node) {
  return node.rate ? `${node.queuedIn} of ${node.rate.backlog}` : node.queuedIn;
}

function rest(node) {
  const title = node.isProcess ? 'Holds' : 'Holders';
  return node.edges.length === 0
    ? []
    : [element('h3', {}, title), element('ul', {class: 'links'}, ...node.edges.map((it) => link(it, node.isProcess)))];
}

function link(edge, toSocket) {
  const to = toSocket ? edge.socket : edge.process;
  const row = edge.row;
  const lane = row.exported ? 'raw fd' : row.stream ? 'stream' : row.ringBytes > 0 ? 'ring' : null;
  const role = edge.registrant ? `told of ${row.registration.events.join(', ') || 'no event'}` : edge.standby ? 'stands by' : null;
  return element(
    'li',
    {class: edge.registrant ? 'registrant' : ''},
    element('button', {type: 'button', 'data-go': to.key, 'data-edge': edge.key}, joined(to.title, toSocket ? to.key : to.subtitle)),
    element('span', {}, joined(edge.key, role, lane, rights(row.rights), `in ${bytes(row.bytesIn)}`, `out ${bytes(row.bytesOut)}`)),
  );
}

function rights(all) {
  if (all.length === ALL_RIGHTS) {
    return 'all rights';
  }
  return all.length === 0 ? 'no rights' : `may ${all.map(lower).join(', ')}`;
}
