package dev.sockbroker.client;

/**
 * A descriptor that stood by is the registrant again (contract, rule 51).
 *
 * @param number of its new registration
 * @param formerNumber of its registration that was replaced
 */
public record Promotion(SharedSocket socket, long number, long formerNumber) {}
