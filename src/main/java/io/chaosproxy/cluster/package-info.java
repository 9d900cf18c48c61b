/**
 * Several replicas with one total rate and one plan, by way of Redis. Loaded only if the configuration has a section {@code
 * cluster}.
 */
@NullMarked
package io.chaosproxy.cluster;

import org.jspecify.annotations.NullMarked;
