package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.flow.RateLimiter;

/**
 * One direction of a link that the replicas of a cluster share.
 *
 * @param rule name of the rule
 * @param direction direction of the bytes
 * @param whole rate of all replicas together
 * @param limiter what this process may use of it
 */
public record ClusterLink(String rule, Direction direction, RateLimit whole, RateLimiter limiter) {}
