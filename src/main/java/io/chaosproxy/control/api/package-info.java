/** The native API, {@code /api/v1}: proxies, rules, connections, journal, leases, events, configuration and profiles. */
@NullMarked
package io.chaosproxy.control.api;

import org.jspecify.annotations.NullMarked;
