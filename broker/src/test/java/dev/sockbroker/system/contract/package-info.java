/**
 * The conformance suite: every scenario of {@code broker/CONTRACT.md} as one test, against a real
 * broker, with workers A, B and C as processes of their own.
 *
 * <p>A test reads like its row in the contract: one line a step, with what the step must report
 * behind it; {@link dev.sockbroker.system.contract.Scene} says how that is checked. {@link
 * dev.sockbroker.system.contract.Scenario} names the row and in which settings it runs: message
 * form and event form, IPv4, IPv6 and Unix streams.
 *
 * <p>The suite starts a broker of its own. With {@code -Dsockbroker.conformance.socket=PATH} it
 * judges the one that listens there, in whatever language that is written: only the wire protocol
 * is used. At its end it prints a table: scenario, rules, passed or what was seen instead.
 */
package dev.sockbroker.system.contract;
