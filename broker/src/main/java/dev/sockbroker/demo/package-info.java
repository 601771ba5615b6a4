/**
 * The two-minute tour, on real processes: {@link dev.sockbroker.demo.Demo} is the story, {@link
 * dev.sockbroker.demo.WorkerMain} what the three workers run.
 */
package dev.sockbroker.demo;
