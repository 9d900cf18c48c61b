package io.chaosproxy.inject;

/**
 * One condition of a rule and what it was compared with.
 *
 * @param key the condition, as in the configuration, such as {@code header.X-User}
 * @param expected its value
 * @param actual what the connection or exchange has; empty if it has none
 * @param holds whether the condition holds
 */
public record Condition(String key, String expected, String actual, boolean holds) {}
