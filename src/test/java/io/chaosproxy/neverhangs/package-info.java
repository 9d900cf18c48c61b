/** Whether the control plane answers at once, however stuck the traffic is. */
@NullMarked
package io.chaosproxy.neverhangs;

import org.jspecify.annotations.NullMarked;
