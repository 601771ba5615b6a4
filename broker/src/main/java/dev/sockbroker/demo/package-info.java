/**
 * The two-minute tour with real processes. {@link dev.sockbroker.demo.Demo} tells the story, and
 * {@link dev.sockbroker.demo.WorkerMain} is the program of the three workers.
 */
package dev.sockbroker.demo;
