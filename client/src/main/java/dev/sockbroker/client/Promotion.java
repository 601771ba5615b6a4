package dev.sockbroker.client;

/**
 * A descriptor that stood by has become the registrant again (contract, rule 51).
 *
 * @param number of its new registration
 * @param formerNumber of its earlier registration, which was replaced
 */
public record Promotion(SharedSocket socket, long number, long formerNumber) {}
