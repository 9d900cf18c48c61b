/** The benchmark: the blocking relay against other ways to write one, side by side. */
@NullMarked
package io.chaosproxy.bench;

import org.jspecify.annotations.NullMarked;
