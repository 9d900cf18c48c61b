/** Toxiproxy's HTTP API on the same proxies, as version 2.12 answers it. */
@NullMarked
package io.chaosproxy.control.toxiproxy;

import org.jspecify.annotations.NullMarked;
