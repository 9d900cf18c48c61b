/** Other ways to write a relay in Java, each a small program. */
@NullMarked
package io.chaosproxy.bench.rival;

import org.jspecify.annotations.NullMarked;
