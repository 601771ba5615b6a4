/**
 * Upgrades a broker again and again while clients use it ({@code scripts/bench upgrade}). Start
 * with {@link dev.sockbroker.bench.upgrade.UpgradeMain}.
 */
package dev.sockbroker.bench.upgrade;
