/** What is compared: each a proxy in a process of its own, started the same way. */
@NullMarked
package io.chaosproxy.bench.variant;

import org.jspecify.annotations.NullMarked;
