/** Programs that people put behind the proxy, with the drivers that they use: what their users would see. */
@NullMarked
package io.chaosproxy.programs;

import org.jspecify.annotations.NullMarked;
