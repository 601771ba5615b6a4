/**
 * The conformance suite: every scenario of {@code broker/CONTRACT.md} is a test against a real
 * broker, with workers A, B and C as separate processes.
 *
 * <p>A test reads like its row in the contract: one line per step, followed by the reports that the
 * step must cause; {@link dev.sockbroker.system.contract.Scene} explains the checks. {@link
 * dev.sockbroker.system.contract.Scenario} gives the row and its settings: message form and event
 * form, IPv4, IPv6 and Unix streams.
 *
 * <p>The suite starts a private broker. With {@code -Dsockbroker.conformance.socket=PATH} it tests
 * the broker at that path, in any implementation, because it uses only the wire protocol. At the
 * end it prints a table: scenario, rules, and passed or what happened instead.
 */
package dev.sockbroker.system.contract;
