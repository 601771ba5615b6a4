package dev.sockbroker.system.readme;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The fields of a JSON text.
 *
 * @param values the path and type of each value; all elements of an array count as one: {@code
 *     /descriptors/pid VALUE_NUMBER_INT}
 */
record JsonShape(Set<String> values) {
  static JsonShape of(String json) {
    Set<String> values = new TreeSet<>();
    try (JsonParser in = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
      for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
        String path = in.streamReadContext().pathAsPointer().toString().replaceAll("/\\d+", "");
        if (token.isScalarValue()) {
          values.add(path + " " + token);
        }
      }
    }
    return new JsonShape(values);
  }

  Set<String> paths() {
    return values.stream().map(it -> it.split(" ")[0]).collect(Collectors.toSet());
  }
}
