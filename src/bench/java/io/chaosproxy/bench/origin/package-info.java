/** The server behind all proxies. */
@NullMarked
package io.chaosproxy.bench.origin;

import org.jspecify.annotations.NullMarked;
