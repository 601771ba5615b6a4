package dev.sockbroker.broker.core;

import java.util.Arrays;

/**
 * A binary heap of lines in the order of their first operations. Each line stores its index, so
 * that any line is removed without a search, and adding one allocates nothing.
 */
final class LineHeap {
  private Line[] lines = new Line[2];
  private int size;

  /** Returns the first line, or null if the heap is empty. */
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

  /** Moves a line whose first operation is now a later one. */
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

  /**
   * Returns the child of a place that comes first, or {@code size} or more for a place without
   * children.
   */
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
