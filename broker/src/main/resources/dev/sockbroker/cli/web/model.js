// Turns the rows of a snapshot into processes, sockets, and the descriptors between them.

import {address, bytes, counted, duration, joined, lower} from './words.js';

export function modelOf(snapshot) {
  const sessions = new Map(snapshot.sessions.map((it) => [it.session, it]));
  const rates = new Map(snapshot.names.map((it) => [it.socket, it]));
  const processes = new Map();
  const sockets = new Map();
  const edges = [];
  for (const row of snapshot.descriptors) {
    const socket = entry(sockets, row.socket, () => socketOf(row, snapshot, rates));
    if (row.descriptor !== null) {
      const key = row.pid === null ? `session-${row.session}` : `pid-${row.pid}`;
      const process = entry(processes, key, () => processOf(key, row));
      process.sessions.set(row.session, sessions.get(row.session));
      const edge = edgeOf(row, process, socket);
      process.edges.push(edge);
      socket.edges.push(edge);
      edges.push(edge);
    }
  }
  const names = new Map([...sockets.values()].map((it) => [it.key, it.name]));
  for (const it of sockets.values()) {
    it.listenerName = it.listener && (names.get(it.listener) ?? it.listener);
    it.notes = notesOf(it);
    it.label = labelOfSocket(it);
  }
  for (const it of processes.values()) {
    it.label = `Process ${it.title}, ${it.subtitle}, ${counted(it.edges.length, 'descriptor')}`;
  }
  return {processes: [...processes.values()], sockets: [...sockets.values()], edges};
}

function entry(map, key, make) {
  if (!map.has(key)) {
    map.set(key, make());
  }
  return map.get(key);
}

function processOf(key, row) {
  return {
    key,
    isProcess: true,
    title: row.command ?? row.client ?? 'a process',
    subtitle: row.pid === null ? `session ${row.session}` : joined(`pid ${row.pid}`, row.user ?? `uid ${row.uid}`),
    pid: row.pid,
    user: row.user ?? row.uid,
    sessions: new Map(),
    edges: [],
  };
}

function socketOf(row, snapshot, rates) {
  const where = row.peer === null ? address(row.local) : `${row.kind} ${address(row.peer)}`;
  return {
    key: row.socket,
    isProcess: false,
    name: row.name,
    title: row.name ?? (where || `${row.kind} socket`),
    subtitle: joined(row.socket, row.kind, lower(row.state), row.name === null ? null : where),
    kind: row.kind,
    state: row.state,
    local: row.local,
    peer: row.peer,
    listener: row.listener,
    ownerUid: row.ownerUid,
    registration: row.registration,
    isHeld: row.descriptor !== null,
    seesHolders: snapshot.administrator,
    unattended: row.unattended,
    queuedIn: row.queuedIn,
    queuedOut: row.queuedOut,
    retainMillis: row.retainMillis,
    closesInMillis: row.closesInMillis,
    rate: rates.get(row.socket) ?? null,
    edges: [],
  };
}

function edgeOf(row, process, socket) {
  const registrant = row.registration?.descriptor === row.descriptor;
  const standby = row.standby !== null;
  let label = '';
  if (registrant) {
    label = joined(row.descriptor, row.registration.events.join(', ') || 'no event');
  } else if (standby) {
    label = `${row.descriptor} · standby`;
  }
  return {key: row.descriptor, row, process, socket, registrant, standby, label};
}

/** What needs a word and not only a colour. */
function notesOf(socket) {
  const notes = [];
  if (socket.unattended) {
    notes.push({warns: true, text: `⚠ ${counted(socket.queuedIn, 'connection waits', 'connections wait')}, nobody accepts`});
  } else if (socket.state === 'LISTENING' && socket.queuedIn > 0) {
    notes.push({warns: false, text: `${counted(socket.queuedIn, 'connection waits', 'connections wait')}`});
  } else if (socket.queuedIn > 0) {
    notes.push({warns: false, text: `${bytes(socket.queuedIn)} wait`});
  }
  if (!socket.isHeld) {
    notes.push({warns: false, text: whyOpen(socket)});
  }
  return notes;
}

/** Why a socket is open that has no holder here. */
function whyOpen(socket) {
  if (socket.closesInMillis !== null) {
    return socket.closesInMillis < 0
      ? 'nobody holds it; kept forever'
      : `nobody holds it; closes in ${duration(socket.closesInMillis)}`;
  }
  return socket.seesHolders ? 'nobody holds it; a token keeps it' : 'its holders are not shown to you';
}

function labelOfSocket(socket) {
  const holders = counted(new Set(socket.edges.map((it) => it.process)).size, 'holder');
  const registrant = socket.edges.find((it) => it.registrant);
  return [
    `Socket ${socket.title}`,
    socket.subtitle,
    holders,
    registrant && `${registrant.process.title} ${registrant.process.subtitle} is told of events`,
    ...socket.notes.map((it) => it.text),
  ].filter(Boolean).join(', ');
}
