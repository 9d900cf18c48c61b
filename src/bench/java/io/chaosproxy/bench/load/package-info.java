/** The load generator: one thread, one selector, requests encoded beforehand. */
@NullMarked
package io.chaosproxy.bench.load;

import org.jspecify.annotations.NullMarked;
