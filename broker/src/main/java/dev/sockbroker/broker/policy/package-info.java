/**
 * Who may do what: the rules of the configuration, and the answer to every question about them.
 *
 * <p>{@link Policy} holds the rules. {@link Permissions} are what they come to for one {@link
 * Subject}; the core asks them with an {@link Action} and gets a {@link Decision}. Rules add up,
 * and their order does not matter. A denial overrides every rule, and what no rule allows is
 * refused. This package reads no file and knows no socket.
 */
package dev.sockbroker.broker.policy;
