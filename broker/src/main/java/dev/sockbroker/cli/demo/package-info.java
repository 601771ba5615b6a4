/**
 * The two-minute tour, on real processes: {@link dev.sockbroker.cli.demo.Demo} is the story, {@link
 * dev.sockbroker.cli.demo.WorkerMain} what the three workers run.
 */
package dev.sockbroker.cli.demo;
