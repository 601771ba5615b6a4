/**
 * The programs of {@code scripts/bench restart}, which replaces and kills servers under load, and
 * of {@code scripts/bench upgrade}, which upgrades the broker under load. Clients count what they
 * lose. They are separate programs, not commands.
 */
package dev.sockbroker.bench.restart;
