package dev.sockbroker.client;

import java.time.Duration;

/** The name and retention of a listener that other processes join (rules 18 and 19). */
record ListenerName(String name, Duration retain) {}
