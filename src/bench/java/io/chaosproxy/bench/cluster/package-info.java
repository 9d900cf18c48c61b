/** How a cluster divides one rate: the script of the program on a real Redis, with replicas that exist in virtual time only. */
@NullMarked
package io.chaosproxy.bench.cluster;

import org.jspecify.annotations.NullMarked;
