/**
 * The upgrade: one broker hands everything over to another (rules 55 to 67). The old side is {@link
 * dev.sockbroker.broker.upgrade.HandOver}, the new side {@link
 * dev.sockbroker.broker.upgrade.TakeOver}. They talk over an {@link
 * dev.sockbroker.broker.os.FdChannel}:
 *
 * <pre>
 *   old                                       new
 *   starts it ------------------------------> connects
 *   Offer: what it needs -------------------> makes room
 *             &lt;------------------------------- Offer: what it can take over
 *   refuses, or freezes (nobody serves)
 *   state, files in batches ----------------> rebuilds everything, arms
 *   owns the state again, if the new one      owns the state by a compare-and-swap,
 *   is silent or has ended                    tells the old one, serves
 *   ends
 * </pre>
 *
 * <p>This package does not know what is in the state, nor how clients are served.
 */
package dev.sockbroker.broker.upgrade;
