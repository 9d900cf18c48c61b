/** Bounded load through a proxy, to compare it with and without its faults. */
@NullMarked
package io.chaosproxy.control.load;

import org.jspecify.annotations.NullMarked;
