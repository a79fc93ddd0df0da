-- The host's tables as an older till of another vendor's migration left them: no foreign keys, columns in another
-- order, some enumerations as types and some as plain text, tables and columns of its own, and none of the host's
-- tables that an analyst does not need (no nps_surveys, nhs_claims, contact_lens_orders, low_stock_alerts, ...).
create type company_type as enum ('ecp', 'lab', 'supplier', 'hybrid');
create type product_type as enum ('frame', 'contact_lens', 'solution', 'service');
create type appointment_status as enum
    ('scheduled', 'confirmed', 'in_progress', 'completed', 'cancelled', 'no_show', 'rescheduled');

create table companies (
    id varchar primary key, name text not null, type company_type not null, status text not null default 'active',
    email varchar not null, phone varchar, address jsonb, siret varchar(14), settings jsonb default '{}'
);
create table users (
    id varchar primary key, email varchar, first_name varchar, last_name varchar, role text, enhanced_role text,
    company_id varchar, organization_name text, is_active boolean, can_prescribe boolean, badge_colour text,
    created_at timestamp not null default now(), updated_at timestamp not null default now()
);
create table patients (
    id varchar primary key, customer_number varchar(20) not null, name text not null, date_of_birth text, email text,
    phone text, full_address jsonb, company_id varchar not null, ecp_id varchar, carte_vitale text,
    created_at timestamp not null default now(), deleted_at timestamp
);
create table products (
    company_id varchar not null, id varchar primary key, product_type product_type not null, name text, brand text,
    model text, sku text, category text, description text, supplier_reference text, unit_price numeric not null,
    cost numeric, stock_quantity integer not null default 0, low_stock_threshold integer, is_active boolean,
    tax_rate numeric, barcode text, ecp_id varchar, created_at timestamp not null default now(),
    updated_at timestamp not null default now()
);
create table pos_transactions (
    id varchar primary key, transaction_number text not null, company_id varchar not null, staff_id varchar,
    patient_id varchar, transaction_date timestamp not null, payment_method text, payment_status text,
    subtotal numeric(10, 2) not null, discount_amount numeric(10, 2), tax_amount numeric(10, 2),
    total_amount numeric(10, 2) not null, refunded_at timestamp, refund_reason text, till text, deleted_at timestamp,
    notes text, created_at timestamp not null default now()
);
create table pos_transaction_items (
    id varchar primary key, transaction_id varchar not null, line_number integer, product_id varchar not null,
    quantity integer not null, unit_price numeric(10, 2) not null, discount_amount numeric(10, 2),
    line_total numeric(10, 2) not null, unit_cost numeric(10, 2), tax_rate numeric
);
create table inventory_movements (
    id varchar primary key, product_id varchar not null, company_id varchar not null, movement_type text not null,
    quantity integer not null, previous_stock integer not null, new_stock integer not null, reason text,
    performed_by varchar, created_at timestamp not null
);
create table orders (
    id varchar primary key, order_number text not null, company_id varchar not null, patient_id varchar not null,
    ecp_id varchar, status text not null, order_date timestamp not null, due_date timestamp, completed_at timestamp,
    lens_type text, lens_material text, coating text, frame_type text, od_sphere numeric(6, 3),
    os_sphere numeric(6, 3), notes text, priority text, deleted_at timestamp
);
create table returns (
    id varchar primary key, order_id varchar not null, return_type varchar not null, return_reason varchar,
    description text, status text, created_by varchar, created_at timestamp not null
);
create table non_adapts (
    id varchar primary key, order_id varchar not null, resolution_type varchar, patient_feedback text,
    symptoms jsonb, reported_by varchar, created_at timestamp not null, resolved_at timestamp
);
create table appointments (
    id varchar primary key, company_id varchar, practitioner_id varchar, patient_id varchar, title text not null,
    appointment_type text not null, appointment_status appointment_status not null,
    start_time timestamptz not null, end_time timestamptz not null, duration integer not null, notes text,
    room text, deleted_at timestamptz
);
create table purchase_orders (
    id varchar primary key, po_number text not null, company_id varchar not null, supplier_id varchar not null,
    created_by_id varchar, status text not null, total_amount numeric, created_at timestamp not null,
    expected_delivery_date timestamp, actual_delivery_date timestamp, notes text
);
create table po_line_items (
    id varchar primary key, purchase_order_id varchar not null, item_name text not null, quantity integer not null,
    unit_price numeric not null, total_price numeric not null
);
-- Not the host's: they must neither disturb the connecting nor be read.
create table audit_log (at timestamp not null, who varchar, what text, company_id varchar);
create table shopify_sync (product_id varchar, shop_url text, access_token text, synced_at timestamp);
