package dev.sockbroker.broker.core;

import java.util.Arrays;

/**
 * Lines by the order of their first operations: a binary heap in which each line knows its place,
 * so that any of them is removed without a search, and nothing is allocated for one that comes.
 */
final class LineHeap {
  private Line[] lines = new Line[2];
  private int size;

  /** Null if there is none. */
  Line first() {
    return lines[0];
  }

  void add(Line line) {
    assert line.place == Line.NOWHERE && !line.isEmpty();
    if (size == lines.length) {
      lines = Arrays.copyOf(lines, 2 * size);
    }
    rise(line, size++);
  }

  void remove(Line line) {
    assert lines[line.place] == line;
    int place = line.place;
    line.place = Line.NOWHERE;
    Line moved = lines[--size];
    lines[size] = null;
    if (moved != line) {
      rise(moved, place);
      sink(moved);
    }
  }

  /** Its first operation is a later one than before. */
  void onFirstGone(Line line) {
    sink(line);
  }

  private void rise(Line line, int from) {
    int place = from;
    while (place > 0 && line.isBefore(lines[(place - 1) / 2])) {
      put(lines[(place - 1) / 2], place);
      place = (place - 1) / 2;
    }
    put(line, place);
  }

  private void sink(Line line) {
    int place = line.place;
    for (int child = before(place); child < size && lines[child].isBefore(line); ) {
      put(lines[child], place);
      place = child;
      child = before(place);
    }
    put(line, place);
  }

  /** The one of a place's two children that is before the other; {@code size} or more for none. */
  private int before(int place) {
    int left = 2 * place + 1;
    boolean isRight = left + 1 < size && lines[left + 1].isBefore(lines[left]);
    return isRight ? left + 1 : left;
  }

  private void put(Line line, int place) {
    lines[place] = line;
    line.place = place;
  }
}
