package dev.sockbroker.broker.policy;

import java.util.List;
import java.util.Map;

/**
 * A rule or a denial as it is written. A list is null if its key is missing.
 *
 * @param name null if it has none
 * @param place where it is written, for messages
 * @param values what it allows or denies; a key with one value has a list of one
 */
public record RuleText(
    String name,
    String place,
    boolean isDenial,
    List<String> users,
    List<String> groups,
    List<String> units,
    Map<Key, List<String>> values) {}
