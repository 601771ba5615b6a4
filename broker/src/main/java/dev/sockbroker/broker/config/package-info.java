/**
 * The configuration: the options of {@code serve}, the limits and quotas, the policy and the audit.
 *
 * <p>{@link ConfigurationSource} reads the options of the command line and the TOML files, at the
 * start and at each reload. Jackson parses a file into a tree, and a {@link TomlTable} walks it:
 * whatever it does not ask for is an error. All errors of all files are reported together, one line
 * for each. No command but {@code serve}, {@code check} and {@code policy} loads this package.
 */
package dev.sockbroker.broker.config;
