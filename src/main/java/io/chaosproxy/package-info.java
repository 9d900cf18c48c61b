/** A proxy that makes a good network bad on purpose: the façade for code that embeds it, and the program. */
@NullMarked
package io.chaosproxy;

import org.jspecify.annotations.NullMarked;
