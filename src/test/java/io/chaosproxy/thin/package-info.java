/** The jar with little or nothing beside it, in JVMs of its own. */
@NullMarked
package io.chaosproxy.thin;

import org.jspecify.annotations.NullMarked;
