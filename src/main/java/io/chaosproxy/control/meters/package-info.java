/** Meters of running proxies for any registry of Micrometer. */
@NullMarked
package io.chaosproxy.control.meters;

import org.jspecify.annotations.NullMarked;
