/**
 * Keeps upgrading a broker while clients use it ({@code scripts/bench upgrade}). Start with {@link
 * dev.sockbroker.bench.upgrade.UpgradeMain}.
 */
package dev.sockbroker.bench.upgrade;
